"""Secrets are found, dependencies have bounds, and the bill of materials is whole."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from .supply_chain.dependencies import closure, declared, unbounded, unmet
from .supply_chain.sbom import bill, text
from .supply_chain.secrets import files_of, problems, read_allowed

ROOT = Path(__file__).resolve().parents[1]
NONE: dict[str, Any] = {"unread": [], "not_secrets": []}


def a_key(seed: int, count: int = 30) -> str:
    return base64.b64encode(random.Random(seed).randbytes(count)).decode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f'aws_secret = "{a_key(1)}"\n', "Secret Keyword"),
        (f'x = "{a_key(2)}"\n', "Base64 High Entropy String"),
        ("-----BEGIN " + "EC PRIVATE KEY-----\nMHcCAQEE\n", "Private Key"),
        ('token = "ghp_' + "a1B2" * 9 + '"\n', "GitHub Token"),
        ("url = 'https://me:" + "hunter22@example.org'\n", "Basic Auth Credentials"),
    ],
)
def test_a_secret_in_a_file_is_found(content: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(content)
    (tmp_path / "plain.py").write_text('"""Nothing."""\n\nRATE_HZ = 250\nNAME = "vitalband"\n')
    found = problems(tmp_path, ["plain.py", "settings.py"], NONE)
    assert any(f": {kind}: 1 more than" in line for line in found), found
    assert all(line.startswith("settings.py:1: ") for line in found)
    kinds = [line.split(": ")[1] for line in found]
    allowed = [{"file": "settings.py", "kind": one, "count": 1, "why": "a test"} for one in kinds]
    assert problems(tmp_path, ["plain.py", "settings.py"], {"unread": [], "not_secrets": allowed}) == []


@pytest.mark.slow  # some 1500 files are read
def test_no_file_of_the_repository_has_a_secret() -> None:
    names = files_of(ROOT)
    assert len(names) > 1000
    assert problems(ROOT, names, read_allowed()) == []


def test_an_allowance_that_nothing_needs_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("RATE_HZ = 250\n")
    allowed = [{"file": "plain.py", "kind": "Secret Keyword", "count": 1, "why": "a test"}]
    found = problems(tmp_path, ["plain.py"], {"unread": ["*.gone"], "not_secrets": allowed})
    assert found == [
        "not_secrets.toml: plain.py has 0 times Secret Keyword, not 1",
        "not_secrets.toml: no file is called *.gone",
    ]


def test_files_that_git_would_take_are_looked_at_and_ignored_ones_are_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("*.out\n")
    for name in ("new.py", "made.out"):
        (tmp_path / name).write_text("x\n")
    assert files_of(tmp_path) == [".gitignore", "new.py"]


def test_each_allowance_says_why() -> None:
    allowed = read_allowed()
    assert all(one["why"] and (ROOT / one["file"]).is_file() for one in allowed["not_secrets"])


def test_what_is_installed_is_what_was_declared() -> None:
    requirements = declared()
    assert {"", "sim", "flash", "hil", "test"} <= set(requirements)
    assert list(unbounded(requirements)) == []
    assert list(unmet(requirements)) == []


def test_gaps_are_said() -> None:
    wrong = {"x": [Requirement("numpy"), Requirement("bleak>=900,<901"), Requirement("no-such-package>=1,<2")]}
    assert len(list(unbounded(wrong))) == 2
    found = list(unmet(wrong))
    assert any("bleak" in line and "is installed" in line for line in found)
    assert "vitalband needs no-such-package<2,>=1, which is not installed" in found
    assert not any("numpy" in line for line in found)


def test_the_bill_has_every_package_once_with_its_version_and_licence_and_the_image() -> None:
    made = json.loads(text(bill()))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["bom-ref"]: part for part in made["components"]}
    packages = {part["name"].lower().replace("_", "-") for part in parts.values() if part["type"] == "library"}
    assert {"bleak", "numpy", "bumble", "cryptography", "smpclient"} <= packages
    assert not packages & {"pytest", "mypy"}, "what only developers need"
    unknown = [p["name"] for p in parts.values() if p["type"] == "library" and not p.get("licenses")]
    assert unknown == [], "no licence is named"
    for part in parts.values():
        assert part["type"] in ("firmware", "machine-learning-model") or part["version"], part
    models = [part for part in parts.values() if part["type"] == "machine-learning-model"]
    assert {part["hashes"][0]["alg"] for part in models} == {"SHA-256"}
    assert len(models) == len(list((ROOT / "models").glob("*/model_int8.tflite")))
    needed = {one["ref"]: one.get("dependsOn", []) for one in made["dependencies"]}
    assert set(needed) == {"vitalband", *parts}
    assert {each for listed in needed.values() for each in listed} <= set(parts)
    assert set(closure(["bleak"])) <= packages
