"""What the documentation promises: links, commands, targets, snippets and tutorials work as they are written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from host_sdk.cli.commands import parser_for

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = ROOT / "docs/tutorials"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
#: Those that nobody generates.
WRITTEN = [page for page in PAGES if page.parent.name != "results" and page.name != "protocol.md"]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"https?://[^\s)>]+")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Words that stand in an example for what a user puts there.
_PLACEHOLDERS = {"S": "1", "PORT": "1", "N": "1", "X": "1"}
_COLUMNS = 120
_PACKAGES = ("firmware_sim", "host_sdk", "models", "hil_tests")
_SOURCES = {".py", ".pyi", ".c", ".h", ".mk", ".toml", ".json"}
#: What can only be a name of the code: a word with an underscore in it, or one that is called.
_NAME = re.compile(r"(?<!\w)[A-Za-z]\w*_\w+(?![\w*])|(?<!\w)[A-Za-z]\w+(?=\()")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def snippets(path: Path, language: str) -> list[str]:
    """Fenced blocks of a language."""
    return [body for kind, body in _FENCE.findall(path.read_text(encoding="utf-8")) if kind == language]


def broken_links(page: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    targets = [link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    return [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]


def long_lines(page: Path) -> list[int]:
    """Numbers of the lines that are too long, and would not be without the addresses in them."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [i for i, line in enumerate(lines, 1) if len(_ADDRESS.sub("", line)) > _COLUMNS]


def commands(page: Path) -> list[str]:
    """Commands `vitalband ...` in code of a page that say more than the program's name."""
    text = page.read_text(encoding="utf-8")
    spans = [
        *_CODE.findall(_FENCE.sub("", text)),
        *(line.removeprefix("$ ") for b in snippets(page, "console") for line in b.splitlines()),
    ]
    found = [span.partition("  #")[0].strip() for span in spans if span.startswith("vitalband ")]
    return [command for command in found if "…" not in command and "..." not in command and "|" not in command]


def parses(command: str) -> bool:
    """Whether the command line takes it; one of a single word only has to exist."""
    words = [_PLACEHOLDERS.get(word, word) for word in shlex.split(command)[1:]]
    parser = parser_for(words[0])
    try:
        parser.parse_args(words if len(words) > 1 else [*words, "--help"])
    except SystemExit as end:
        return end.code == 0
    return True


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_the_check_sees_a_broken_link(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[there](page.md#part) [gone](gone.md) [web](https://example.org/x)")
    assert broken_links(page) == ["gone.md"]


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_no_line_is_longer_than_120_columns(page: Path) -> None:
    assert long_lines(page) == []


def test_the_check_sees_a_long_line_and_leaves_out_addresses(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{'ä' * 120}\n{'x' * 121}\n[there](https://example.org/{'y' * 120})\n", encoding="utf-8")
    assert long_lines(page) == [2]


@cache
def words_of_the_code() -> frozenset[str]:
    """Every word of the sources, and of their paths."""
    files = [path for package in _PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in _SOURCES]
    texts = (f"{named(path)} {path.read_text(encoding='utf-8')}" for path in [*files, ROOT / "pyproject.toml"])
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def unknown_names(page: Path) -> list[str]:
    """Names in the code spans of a page that stand nowhere in the code; `CONCERN_viper` stands for many."""
    spans = _CODE.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    names = [name for span in spans for name in _NAME.findall(span) if not re.match(r"[A-Z]+_[a-z]", name)]
    return [name for name in names if name not in words_of_the_code()]


@pytest.mark.parametrize("page", [page for page in WRITTEN if page.parent != ROOT], ids=named)
def test_every_name_of_the_code_is_one_that_the_code_has(page: Path) -> None:
    assert unknown_names(page) == []


def test_the_check_sees_a_name_that_the_code_does_not_have(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    # put together, so that this file does not have them
    gone, called = "_".join(("has", "room", "for")), "sit" + "uate"
    page.write_text(f"`has_sensor(name)` `{gone}` `{called}(it)` `CONCERN_viper.py` `'ecg_mains_*'` `plain`")
    assert unknown_names(page) == [gone, called]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|\$ )make ([a-z][a-z-]*)", text)) - targets == set()


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=named)
def test_every_command_that_is_shown_is_one_that_the_program_takes(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [command for command in commands(page) if not parses(command)] == []


@pytest.mark.parametrize("wrong", ["vitalband nonsense", "vitalband sim --no-such-option 1"])
def test_the_check_sees_a_command_that_does_not_exist(wrong: str) -> None:
    assert not parses(wrong)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_python_snippet_compiles(page: Path) -> None:
    for code in snippets(page, "python"):
        compile(code, str(page), "exec")


def test_after_activating_the_environment_as_the_readme_says_the_program_is_found() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    line = "source .venv/bin/activate"
    assert f"$ {line}" in readme
    if not (ROOT / ".venv/bin/activate").exists():
        pytest.skip("no .venv here: run `make setup`")
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}
    command = ["bash", "-c", f"{line} && vitalband --help && python -m pytest --version"]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "COMMAND" in result.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code to change."""
    ignore = shutil.ignore_patterns("__pycache__", "tests", "*.o")
    for package in ("firmware_sim", "host_sdk", "models"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignore)
    (tmp_path / "docs").mkdir()
    return tmp_path


def apply(root: Path, diff: str) -> None:
    """Change a file as a snippet of a tutorial shows: a line with its name, then lines that stay, go and come."""
    head, *lines = diff.splitlines()
    path = root / head.removeprefix("--- ")
    before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has not one of:\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def run(root: Path, *arguments: str) -> str:
    """What a Python program says in a copy."""
    result = subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_tutorial_port_to_a_board_works_as_written(copy: Path) -> None:
    board, check = snippets(TUTORIALS / "port-to-a-board.md", "python")
    (copy / "firmware_sim/firmware/boards/feather.py").write_text(board)
    (copy / "check.py").write_text(check)
    assert run(copy, "check.py") == "ecg answers at 20\n"


@pytest.mark.slow
def test_the_tutorial_add_a_reading_works_as_written(copy: Path) -> None:
    page = TUTORIALS / "add-a-reading.md"
    for diff in snippets(page, "diff"):
        apply(copy, diff)
    run(copy, "-m", "firmware_sim.schema")
    (check,) = snippets(page, "python")
    (copy / "check.py").write_text(check)
    assert run(copy, "check.py") == "at rest less than on foot\n"


@pytest.mark.slow
def test_the_tutorial_add_a_model_works_as_written(copy: Path) -> None:
    page = TUTORIALS / "add-a-model.md"
    make, wrapper, usage = snippets(page, "python")
    (copy / "models/trunk").mkdir()
    (copy / "models/trunk/make.py").write_text(make)
    run(copy, "-m", "models.trunk.make")
    assert "trunk_gen.py" in run(copy, "-m", "models.freeze")
    for diff in snippets(page, "diff"):
        apply(copy, diff)
    (copy / "firmware_sim/firmware/networks/trunk.py").write_text(wrapper)
    (copy / "usage.py").write_text(usage)
    assert run(copy, "usage.py") == "(0, 64, 0) upright\n(0, 10, 63) lying\n(0, -64, 0) upside_down\n"
