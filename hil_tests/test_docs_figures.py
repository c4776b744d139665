"""The main figures of ECG that docs/evaluation.md and docs/ecg.md give are those of the pages they lead to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
_MEDIANS = ("Record-level median interval against the expert's", "the record's median", (0, 1, 2), 1)
_NEVER_SEEN = "The same by networks that never saw these people"
_AUC = "Findings: AUC of the number, sensitivity and specificity of the flag"


def figures(page: str, heading: str, row: str, columns: tuple[int, ...], digits: int) -> list[str]:
    """Numbers of a row under a heading of a page of results, as text of so many digits."""
    text = (DOCS / "results" / f"{page}.md").read_text()
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    line = next(each for each in section.splitlines() if each.startswith(f"vitalband: {row}  "))
    numbers = line.removeprefix(f"vitalband: {row}").split()
    return [f"{float(numbers[column]):.{digits}f}" for column in columns]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("[LUDB]", figures("ludb", f"{_MEDIANS[0]} (ii)", *_MEDIANS[1:])),
        ("[LUDB]", figures("ludb", f"{_MEDIANS[0]} (i)", *_MEDIANS[1:])),
        ("[QTDB]", figures("qtdb", f"{_MEDIANS[0]} (all)", *_MEDIANS[1:])),
        ("[MIT-BIH]", figures("mitdb", "R peaks within 150 ms, gross", "from the first second", (3, 4), 2)),
        ("[Noise stress test]", figures("nstdb", "R peaks within 150 ms, gross", "in noise", (3, 4), 1)),
        ("[CinC 2017]", figures("cinc2017", _AUC, "AF against normal", (2,), 3)),
        ("[CinC 2017]", figures("cinc2017", _AUC, "AF against normal", (3, 4), 1)),
        ("[TELE]", figures("tele", "R peaks within 150 ms, gross", "outside artefact", (3, 4), 1)),
    ],
)
def test_the_main_figures_are_those_of_the_pages(row: str, wanted: list[str]) -> None:
    line = next(x for x in (DOCS / "evaluation.md").read_text().splitlines() if x.startswith(f"| {row} |"))
    given = re.findall(r"\d+\.\d+", line)
    indices = [n for n in range(len(given)) if given[n : n + len(wanted)] == wanted]
    assert indices, f"{row}: the page has {wanted}, the table {given}"


def cells(page: str, heading: str, row: str) -> list[str]:
    """Those of a row of a page of light."""
    text = (DOCS / "results" / f"{page}.md").read_text()
    section = text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    line = next(each for each in section.splitlines() if each.startswith(f"{row}  "))
    return line.removeprefix(row).split()


def test_the_main_figures_of_light_are_those_of_the_pages_and_of_people_never_seen() -> None:
    lines = (DOCS / "evaluation.md").read_text().splitlines()
    bidmc, troika = (next(x for x in lines if x.startswith(f"| [{name}] |")) for name in ("BIDMC", "TROIKA"))
    _, breath, breath_refused, *_ = cells("bidmc", _NEVER_SEEN, "resp, per min")
    _, pulse, pulse_refused, *_ = cells("troika", _NEVER_SEEN, "pulse, bpm")
    assert f"respiration (never seen) {breath} per min, {breath_refused} % refused" in bidmc
    assert f"pulse of people never seen MAE {pulse} bpm, {pulse_refused} % refused" in troika
    assert f"pulse MAE {cells('bidmc', 'Readings against', 'vitalband: pulse, bpm')[1]} bpm" in bidmc
    all_people = cells("ppg_arrhythmia", "Fibrillation against", "vitalband: all")
    rhythm = next(x for x in lines if x.startswith("| [PPG arrhythmia] |"))
    assert f"AUC {all_people[0]} (sinus), {all_people[1]} (ectopy)" in rhythm


def test_fibrillation_on_mit_bih_is_that_of_the_page() -> None:
    all_others = figures("mitdb", _AUC, "irregular: windows in atrial fibrillation", (2,), 3)
    ectopy = figures("mitdb", _AUC, "irregular: the same against frequent ectopy", (2,), 3)
    text = " ".join((DOCS / "ecg.md").read_text().split())
    assert f"AUC {all_others[0]} against all others, {ectopy[0]} against those of frequent ectopy" in text


def test_the_breath_beside_an_ecg_is_that_of_people_never_seen() -> None:
    lines = (DOCS / "evaluation.md").read_text().splitlines()
    line = next(x for x in lines if x.startswith("| BIDMC, light and ECG |"))
    assert f"respiration (never seen) MAE {cells('bidmc_ecg', _NEVER_SEEN, 'resp, per min')[1]} per min" in line
