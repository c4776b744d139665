"""The software bill of materials, as CycloneDX 1.6: packages of the host as installed, and what an image holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib import metadata

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from ..bench.mcu.budget import BUDGETS
from .dependencies import PROJECT, ROOT, closure, declared, needs

#: Extras of what users install; the rest is of developers.
PRODUCT_EXTRAS = ("", "records", "sim", "flash")


def bill() -> Bom:
    """Everything that is shipped: the Python packages of the SDK and simulator, and the parts of an image."""
    requirements = declared()
    wanted = [one.name for extra in PRODUCT_EXTRAS for one in requirements[extra]]
    packages = closure(wanted)
    made = {name: _package(distribution) for name, distribution in packages.items()}
    root = Component(
        name=PROJECT, version=metadata.version(PROJECT), type=ComponentType.APPLICATION, bom_ref=PROJECT,
        licenses=[LicenseFactory().make_from_string("MIT")],
    )  # fmt: skip
    firmware = Component(
        name="vitalband-firmware", version=root.version, type=ComponentType.FIRMWARE, bom_ref="firmware"
    )
    image = list(_image())
    bom = Bom(components=[*made.values(), firmware, *image])
    bom.metadata.component = root
    bom.register_dependency(root, [*(made[name] for name in made if name in wanted), firmware])
    bom.register_dependency(firmware, image)
    for name, distribution in packages.items():
        bom.register_dependency(made[name], [made[need] for need in needs(distribution) if need in made])
    return bom


def text(bom: Bom) -> str:
    """A bill as JSON."""
    return json.dumps(json.loads(JsonV1Dot6(bom).output_as_string()), indent=1, sort_keys=True) + "\n"


def _package(distribution: metadata.Distribution) -> Component:
    name, version = distribution.metadata["Name"], distribution.version
    url = PackageURL("pypi", None, name, version)
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url),
        licenses=_licences(distribution),
    )  # fmt: skip


def _licences(distribution: metadata.Distribution) -> list[License]:
    """By what the package says: an SPDX expression, its classifiers, its licence field's first line, or its file's."""
    about = distribution.metadata
    expression = _field(about, "License-Expression")
    if expression:
        return [LicenseFactory().make_from_string(expression)]
    classifiers = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if line.startswith("License :: ")
    ]
    words = [line for line in classifiers if line != "OSI Approved"] or [_first_line(distribution)]
    return [LicenseFactory().make_from_string(words[0])] if words and words[0] else []


def _field(about: metadata.PackageMetadata, name: str) -> str:
    return next(iter(about.get_all(name) or ()), "")


def _first_line(distribution: metadata.Distribution) -> str:
    """Of the licence field, or of the file that is the licence."""
    named = _field(distribution.metadata, "License")
    for file in distribution.files or ():
        if not named and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            named = file.read_text(encoding="utf-8")
    return next(iter(named.strip().splitlines()), "")


def _image() -> Iterable[Component]:
    """What is linked or frozen into an image: MicroPython with its littlefs, and the networks."""
    version = json.loads(BUDGETS["qemu-m3"].read_text(encoding="utf-8"))["micropython"]
    mit, bsd = LicenseFactory().make_from_string("MIT"), LicenseFactory().make_from_string("BSD-3-Clause")
    url = PackageURL("deb", "debian", "micropython", version)
    yield Component(
        name="micropython", version=version, type=ComponentType.PLATFORM, purl=url, bom_ref=str(url), licenses=[mit]
    )
    yield Component(name="littlefs", version="2", type=ComponentType.LIBRARY, bom_ref="littlefs", licenses=[bsd])
    for model in sorted((ROOT / "models").glob("*/model_int8.tflite")):
        digest = HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(model.read_bytes()).hexdigest())
        name = model.parent.name
        yield Component(
            name=name, type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=f"model:{name}", hashes=[digest],
            licenses=[mit],
        )  # fmt: skip
