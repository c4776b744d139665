"""Literals that repeat a generated constant: rewritten by `make gen`, refused by `make gen-check` where they differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_sim.firmware.frontends import ecg_gen
from firmware_sim.schema import __main__ as generate
from firmware_sim.schema.errors import SchemaError
from firmware_sim.schema.literals import rewrite
from firmware_sim.schema.loading import load

ORIGINS = {
    "wire": {"TOPIC_ALL": 15},
    "frontends.ecg": {"RATE_HZ": 500, "LSB_NANO": 24_041, "LOWEST": -3},
    "dsp.ring": {"HEAD": 2},
}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ", "_RATE_HZ = const(500)  # frontends.ecg: RATE_HZ"),
        ("LSB = const(48_081)  # frontends.ecg: LSB_NANO", "LSB = const(24_041)  # frontends.ecg: LSB_NANO"),
        ("_LOW = const(1)  # frontends.ecg: LOWEST", "_LOW = const(-3)  # frontends.ecg: LOWEST"),
        ("#define RATE_HZ 250 // frontends.ecg: RATE_HZ", "#define RATE_HZ 500 // frontends.ecg: RATE_HZ"),
        ("#define LSB 48081 /* frontends.ecg: LSB_NANO */", "#define LSB 24041 /* frontends.ecg: LSB_NANO */"),
        ("_ALL = const(0)  # wire: TOPIC_ALL", "_ALL = const(15)  # wire: TOPIC_ALL"),
        ("_HEAD = const(1)  # dsp.ring: HEAD", "_HEAD = const(2)  # dsp.ring: HEAD"),
        ("ring = head[1]  # note: HEAD", "ring = head[1]  # note: HEAD"),
        ("_small = const(1)  # noqa: N816", "_small = const(1)  # noqa: N816"),
    ],
)
def test_a_literal_becomes_what_its_origin_says(line: str, wanted: str) -> None:
    text = f"before = 1\n{line}\nafter = 2  # wire as strung\n"
    assert rewrite("a.py", text, ORIGINS) == f"before = 1\n{wanted}\nafter = 2  # wire as strung\n"
    assert rewrite("a.py", wanted, ORIGINS) == wanted


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("_RATE = const(250)  # frontends.ecg: RATE", "a.py:1: frontends.ecg has no constant 'RATE'"),
        ("_RATE = const(250)  # frontends.egc: RATE_HZ", "a.py:1: frontends.egc has no constant 'RATE_HZ'"),
        ("_HEAD = const(2)  # dsp.rings: HEAD", "a.py:1: dsp.rings has no constant 'HEAD'"),
        ("_N = const(2 * 250)  # frontends.ecg: RATE_HZ", "a.py:1: no single number before the origin of 'RATE_HZ'"),
        ("_RATE_HZ = 250 + x  # frontends.ecg: RATE_HZ", "a.py:1: no single number"),
    ],
)
def test_a_mark_that_could_not_be_kept_true_is_refused(line: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        rewrite("a.py", line, ORIGINS)


def project(root: Path, source: str) -> Path:
    """A tree with everything generated and one firmware file."""
    generate.main([], root)
    path = root / "firmware_sim/firmware/a.py"
    path.write_text(source)
    return path


def test_gen_check_names_the_stale_file_and_gen_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(tmp_path, "_RATE_HZ = const(1)  # frontends.ecg: RATE_HZ\n")
    assert generate.main(["--check"], tmp_path) == 1
    assert "stale: firmware_sim/firmware/a.py" in capsys.readouterr().err
    assert generate.main([], tmp_path) == 0
    assert path.read_text() == f"_RATE_HZ = const({ecg_gen.RATE_HZ})  # frontends.ecg: RATE_HZ\n"
    assert generate.main(["--check"], tmp_path) == 0


def test_an_origin_may_be_a_module_that_is_not_generated_but_no_repetition(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project(tmp_path, "_HEAD = const(1)  # dsp.ring: HEAD\n")
    ring = path.parent / "dsp/ring.py"
    ring.parent.mkdir()
    ring.write_text("HEAD = const(7)\nRATE = const(3)  # wire: MSG_SAMPLES\n")
    assert generate.main([], tmp_path) == 0
    assert path.read_text() == "_HEAD = const(7)  # dsp.ring: HEAD\n"
    path.write_text("_RATE = const(3)  # dsp.ring: RATE\n")
    assert generate.main([], tmp_path) == 1
    assert "a.py:1: dsp.ring has no constant 'RATE'" in capsys.readouterr().err


def test_gen_writes_nothing_where_a_mark_names_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(tmp_path, "_X = const(1)  # frontends.ecg: NOTHING\n")
    (tmp_path / "docs/protocol.md").write_text("old")
    for arguments in (["--check"], []):
        assert generate.main(arguments, tmp_path) == 1
        assert "a.py:1: frontends.ecg has no constant 'NOTHING'" in capsys.readouterr().err
    assert (path.read_text(), (tmp_path / "docs/protocol.md").read_text()) == (
        "_X = const(1)  # frontends.ecg: NOTHING\n",
        "old",
    )


def test_the_ecg_s_scale_follows_from_reference_and_gain() -> None:
    ecg = load().streams[0]
    volt = ecg.full_scale_milli * 1e-6 / ecg.gain / ((1 << ecg.bits - 1) - 1)
    assert volt * 1e12 == pytest.approx(ecg_gen.LSB_NANO, abs=0.5)
    assert volt * 1e6 * (1 << 15) == pytest.approx(ecg_gen.UV_PER_COUNT_Q15, abs=1)
    assert ecg_gen.RATE_HZ * ecg_gen.PERIOD_US == 1_000_000
