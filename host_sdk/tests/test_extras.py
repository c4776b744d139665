from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from host_sdk.extras import EXTRA_OF, missing_extra
from host_sdk.versions import _holds, wrong_version

HEAVY = ("bumble", "scipy", "pandas", "matplotlib", "rich", "wfdb", "edfio", "h5py", "firmware_sim", *EXTRA_OF)
_BLOCK = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Block())
"""


def run(code: str, *blocked: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that cannot import `blocked`."""
    whole = _BLOCK.format(blocked=set(blocked)) + code
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=60, check=False)


def vitalband(*words: str, without: str) -> subprocess.CompletedProcess[str]:
    return run(f"from host_sdk.cli.main import main\nsys.exit(main({list(words)!r}))", without)


def test_the_sdk_loads_nothing_heavy() -> None:
    result = run("import host_sdk\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))")
    assert result.returncode == 0, result.stderr
    assert "host_sdk" in result.stdout.split()
    assert set(HEAVY) & set(result.stdout.split()) == set()


def test_the_sdk_needs_no_extra() -> None:
    result = run("from host_sdk import *\nimport host_sdk.records, host_sdk.recording.recorder", *EXTRA_OF)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("words", "module", "extra"),
    [
        (["sim", "--duration", "1"], "bumble", "sim"),
        (["stream", "sim:"], "bumble", "sim"),
        (["stream", "sim:tcp:127.0.0.1:1"], "bumble", "sim"),
        (["replay", "{folder}/r"], "wfdb", "records"),
        (["hil", "check", "{folder}/s.yaml"], "yaml", "hil"),
        (["hil", "check", "{folder}/s.yaml"], "jsonschema", "hil"),
    ],
)
def test_a_missing_extra_is_one_line_and_an_exit_code(
    words: list[str], module: str, extra: str, tmp_path: Path
) -> None:
    (tmp_path / "r.hea").write_text("r 1 250 10\nr.dat 16 200 16 0 0 0 0 II\n")
    result = vitalband(*(word.format(folder=tmp_path) for word in words), without=module)
    how = f"pip install '.[{extra}]' in a checkout of vitalband"
    said = f"vitalband {words[0]}: needs {module}, which is not installed: {how}"
    assert result.returncode == 1
    assert said in result.stderr.splitlines()
    assert len(result.stderr.splitlines()) == 1


def test_help_says_which_commands_lack_packages() -> None:
    whole = run("from host_sdk.cli.main import main\nmain(['--help'])", "scipy")
    said = " ".join(whole.stdout.split())
    assert "packages are missing of bench (pip install '.[evaluate]'), evaluate (pip install '.[evaluate]')" in said
    whole = run("from host_sdk.cli.main import main\nmain(['--help'])", "bumble")
    assert "replay (pip install '.[sim]')" in " ".join(whole.stdout.split())
    assert "packages are missing" not in run("from host_sdk.cli.main import main\nmain(['--help'])").stdout


def test_a_command_names_the_extra_of_all_that_it_needs() -> None:
    result = vitalband("evaluate", "ecg", "--dataset", "ludb", without="bumble")
    assert result.stderr.splitlines()[-1].endswith("pip install '.[evaluate]' in a checkout of vitalband")


def test_another_failed_import_is_none_of_an_extra() -> None:
    assert missing_extra(ImportError("cannot import name", name="wfdb")) is None
    assert missing_extra(ModuleNotFoundError("No module named 'x'", name="x")) is None


def test_the_virtual_radio_and_the_blocking_front_say_what_they_lack() -> None:
    code = """
from host_sdk import blocking
from host_sdk.errors import MissingExtra
for wanted in (lambda: __import__("host_sdk.virtual_radio"), lambda: blocking.connect("sim:")):
    try:
        wanted()
    except MissingExtra as error:
        print(error)
"""
    result = run(code, "bumble")
    said = "needs bumble, which is not installed: pip install '.[sim]' in a checkout of vitalband"
    assert result.stdout.splitlines() == [said, said], result.stderr


_OTHER = """
import importlib.metadata as metadata
whole = metadata.version
metadata.version = lambda name: {versions!r}.get(name) or whole(name)
"""


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ({"bumble": "0.0.180"}, "needs bumble>=0.0.234,<0.1, but 0.0.180 is installed: pip install '.[sim]' in"),
        ({"bumble": "0.2"}, "needs bumble>=0.0.234,<0.1, but 0.2 is installed: pip install '.[sim]' in"),
        ({"bleak": "0.22.3"}, "needs bleak>=3.1,<4, but 0.22.3 is installed: pip install '.' in"),
    ],
)
def test_a_package_of_another_version_is_one_line_wherever_it_is_needed(versions: dict[str, str], said: str) -> None:
    other = _OTHER.format(versions=versions)
    for words in (["sim", "--duration", "1"], ["stream", "sim:"], ["stream", "sim:tcp:127.0.0.1:1"]):
        result = run(f"{other}from host_sdk.cli.main import main\nsys.exit(main({words!r}))")
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) == 1
        assert said in result.stderr
    code = (
        f"{other}import runpy\nsys.argv, sys.orig_argv = ['-m'], ['python', '-m', 'host_sdk.virtual_radio', 'x.py']\n"
    )
    result = run(code + "runpy.run_module('host_sdk.virtual_radio', run_name='__main__', alter_sys=True)")
    assert result.returncode == 1
    assert result.stderr.startswith(f"host_sdk.virtual_radio: {said}")
    assert len(result.stderr.splitlines()) == 1


def test_versions_are_compared_as_numbers() -> None:
    assert wrong_version("no_such_package") is None
    assert wrong_version("bumble") is None
    for version, bound, holds in [
        ("0.0.99", ">=0.0.234", False),
        ("0.1.0", "<0.1", False),
        ("3.1.0rc1", ">=3.1", True),
        ("10.0", ">=9", True),
        ("1", "!=1", True),
    ]:
        assert _holds(version, bound) is holds, (version, bound)
