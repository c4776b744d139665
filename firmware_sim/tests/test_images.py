"""Building images: where the source comes from, what makes an image another one, and what is reported when it fails."""

from __future__ import annotations

import os
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest

from firmware_sim.images import building, mpy, recipe, source
from firmware_sim.images.building import built
from firmware_sim.images.errors import BuildError, SourceError
from firmware_sim.images.mpy import compile_firmware
from firmware_sim.images.recipe import IMAGES, LARGEST_HEAP, Image, image_named
from firmware_sim.images.report import frozen_modules
from firmware_sim.images.running import output, run
from firmware_sim.images.source import Source
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.targets.qemu.machines import DEFAULT_HEAP, LEAST_HEAP, launch
from firmware_sim.testing.unix_micropython import run_micropython


def checkout(folder: Path) -> Path:
    """Something that looks like MicroPython's source."""
    (folder / "ports/qemu").mkdir(parents=True)
    (folder / "ports/qemu/Makefile").write_text("")
    (folder / "py").mkdir()
    (folder / "py/mpconfig.h").write_text(
        "#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR 25\n#define MICROPY_VERSION_MICRO 0\n"
    )
    return folder


def test_a_checkout_of_the_users_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROPYTHON_SRC", str(checkout(tmp_path)))
    found = source.find_source(tmp_path / "log")
    assert found.path == tmp_path.resolve()
    assert found.version.startswith("1.25.0+")
    assert source.find_source(tmp_path / "log") == found
    (tmp_path / "py/vm.c").write_text("int changed;")
    assert source.find_source(tmp_path / "log") != found


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROPYTHON_SRC", str(tmp_path))
    with pytest.raises(SourceError, match="no MicroPython source tree"):
        source.find_source(tmp_path / "log")


def test_what_was_fetched_once_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROPYTHON_SRC", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tree = tmp_path / "vitalband/micropython/trixie/micropython-1.25.0"
    tree.mkdir(parents=True)
    (tree / ".complete").write_text("1.25.0\n")
    assert source.find_source(tmp_path / "log") == Source(tree, "1.25.0")


def test_without_a_debian_mirror_it_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROPYTHON_SRC", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(source, "_KEYRING", tmp_path / "none.gpg")
    with pytest.raises(SourceError, match="MICROPYTHON_SRC"):
        source.find_source(tmp_path / "log")
    monkeypatch.setattr(source, "_KEYRING", Path(__file__))
    monkeypatch.setattr(source, "output", lambda command: "\n")
    with pytest.raises(SourceError, match="names no Debian mirror"):
        source.find_source(tmp_path / "log")


def test_the_security_archive_is_no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_KEYRING", Path(__file__))
    listed = "http://a.example/debian-security\nhttp://other.example/apt\nhttp://a.example/debian\n"
    monkeypatch.setattr(source, "output", lambda command: listed)
    assert source._mirror() == "http://a.example/debian"


def test_a_source_package_is_unpacked_whole_or_refused(tmp_path: Path) -> None:
    inside = tmp_path / "micropython-1.25.0"
    inside.mkdir()
    (inside / "README.md").write_text("hello")
    files = tmp_path / "files"
    files.mkdir()
    with pytest.raises(SourceError, match="0 original archives"):
        source._unpack(files, tmp_path / "out")
    with tarfile.open(files / "micropython_1.25.0+ds.orig.tar.xz", "w:xz") as archive:
        archive.add(inside, "micropython-1.25.0")
    found = source._unpack(files, tmp_path / "out")
    assert found == Source(tmp_path / "out/micropython-1.25.0", "1.25.0")
    assert (found.path / "README.md").read_text() == "hello"


def test_another_file_makes_another_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "compiler_version", lambda compiler: "12.2.1")
    monkeypatch.setattr(recipe, "ROOT", tmp_path)
    for name in ("FIRMWARE", "GUEST", "CMODULES", "HERE"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.py").write_text("1")
        monkeypatch.setattr(recipe, name, tmp_path / name)
    first = Source(tmp_path, "1.25.0")
    image = IMAGES["qemu-m3"]
    before = image.content_hash(first)
    assert image.content_hash(first) == before
    assert IMAGES["qemu-m4"].content_hash(first) != before
    assert image.content_hash(Source(tmp_path, "1.26.1")) != before
    (tmp_path / "FIRMWARE/a.py").write_text("2")
    changed = image.content_hash(first)
    assert changed != before
    (tmp_path / "FIRMWARE/__pycache__").mkdir()
    (tmp_path / "FIRMWARE/__pycache__/a.pyc").write_text("")
    assert image.content_hash(first) == changed


def test_images_that_there_are_not_or_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="no image 'pdp11'; there are unix"):
        image_named("pdp11")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert image_named("qemu-m3").name == "qemu-m3"
    with pytest.raises(BuildError, match="32-bit x86"):
        image_named("unix")


def test_a_failing_tool_is_reported_with_its_output(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(["echo", "fine"], log)
    with pytest.raises(BuildError, match="boom") as caught:
        run(["sh", "-c", "echo boom; exit 3"], log)
    assert "fine" not in str(caught.value)
    with pytest.raises(BuildError, match="not installed"):
        run(["no-such-tool"], log)
    with pytest.raises(BuildError, match="not installed"):
        output(["no-such-tool"])
    with pytest.raises(BuildError, match="failed"):
        output(["false"])


def test_an_image_is_built_once_for_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(building, "ROOT", tmp_path)
    monkeypatch.setattr(recipe, "BUILT", tmp_path / "build/firmware")
    monkeypatch.setattr(building, "size_report", lambda image, build: {"size": {}, "frozen": {}})
    monkeypatch.setattr(building, "compiler_version", lambda compiler: "12")
    monkeypatch.setattr(Image, "content_hash", lambda self, source: "00ff")
    monkeypatch.setattr(Image, "files_hash", lambda self: "ff00")
    made = []

    def make(image: Image, source: Source, log: Path) -> None:
        made.append(image.name)
        program = tmp_path / "build/work" / image.name / "build" / image.program.name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("elf")

    monkeypatch.setattr(building, "_make", make)
    image = IMAGES["qemu-m3"]
    for _ in range(2):
        record = building.build(image, Source(tmp_path, "1.25.0"), tmp_path / "log", lambda text: None)
    assert (record["hash"], record["files"], record["kernels"]) == ("00ff", "ff00", "viper")
    assert made == ["qemu-m3"]
    image.program.unlink()
    building.build(image, Source(tmp_path, "1.25.0"), tmp_path / "log", lambda text: None)
    assert made == ["qemu-m3"], "from the cache"
    assert image.program.read_text() == "elf"


def test_other_flags_compile_everything_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "ROOT", tmp_path)
    image = IMAGES["qemu-m3"]
    compiled = tmp_path / "build/work/qemu-m3/build/map.o"
    kept = []
    for flags in ("of -O1", "of -O1", "of -O2"):
        monkeypatch.setattr(Image, "flags_hash", lambda self, flags=flags: flags)
        building._clean(image)
        kept.append(compiled.is_file())
        compiled.parent.mkdir(parents=True, exist_ok=True)
        compiled.write_text("object")
    assert kept == [False, True, False]


def test_frozen_bytes_are_listed_by_module(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="nothing is frozen"):
        frozen_modules(tmp_path)
    (tmp_path / "frozen_mpy/firmware/roles").mkdir(parents=True)
    (tmp_path / "frozen_mpy/firmware/roles/band.mpy").write_bytes(bytes(10))
    assert frozen_modules(tmp_path) == {"firmware/roles/band.py": 10}


def test_the_firmware_compiles_for_a_stock_board(tmp_path: Path) -> None:
    made = compile_firmware("armv7emsp", tmp_path, tmp_path / "log")
    names = {str(path.relative_to(tmp_path)) for path in made}
    assert {"firmware/main.mpy", "firmware/boards/rp2350.mpy", "firmware/dsp/ecg/pipeline.mpy"} <= names
    assert all(path.read_bytes()[0] == ord("M") for path in made)
    # constants of other files are numbers there, as in a frozen image
    assert not [path for path in made if b"REASON_" in path.read_bytes()]


@pytest.mark.qemu
def test_the_compiled_firmware_runs(tmp_path: Path) -> None:
    compile_firmware("x86", tmp_path, tmp_path / "log")
    code = """
from array import array
import firmware.dsp.ecg.pipeline as ecg
pipeline = ecg.EcgPipeline()
pipeline.push(array('i', [0] * 1000), 1000, False)
pipeline.flush()
print(ecg.__file__, pipeline.next_window().reason)
"""
    printed = run_micropython(code, (tmp_path,)).split()
    assert printed[0].endswith("firmware/dsp/ecg/pipeline.mpy")
    assert int(printed[1]) > 0


@pytest.mark.qemu
@pytest.mark.parametrize("name", ["qemu-m3", "qemu-m4"])
def test_the_image_is_for_its_core(name: str) -> None:
    program = IMAGES[name].program
    if built(IMAGES[name]) is None:
        pytest.skip(f"no image {name}: run `make firmware`")
    (machine,) = struct.unpack_from("<H", program.read_bytes(), 18)
    assert machine == 40, "ELF machine ARM"
    said = subprocess.run(
        ["arm-none-eabi-readelf", "-A", str(program)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        env=os.environ,
    ).stdout
    assert ("VFPv4" in said) == (name == "qemu-m4")


@pytest.mark.parametrize("heap", [0, -1, LEAST_HEAP - 1, LARGEST_HEAP + 1])
def test_a_heap_that_no_image_has_is_refused(heap: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"a heap of {heap} bytes is not {LEAST_HEAP} to {LARGEST_HEAP}"):
        launch(IMAGES["qemu-m3"], tmp_path / "log", heap)


def test_the_heap_is_the_simulated_mcus_and_images_are_built_with_room_for_the_largest() -> None:
    assert DEFAULT_HEAP == Mcu(Clock()).heap.budget <= LARGEST_HEAP
    for image in IMAGES.values():
        assert image.port == "unix" or f"MICROPY_HEAP_SIZE={LARGEST_HEAP}" in image.make_flags()


def test_a_name_that_is_a_constant_s_is_refused_before_anything_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clash(_folder: Path) -> dict[Path, str]:
        raise ValueError("main, line 3: LOWEST is a constant")

    monkeypatch.setattr(mpy, "frozen_sources", clash)
    with pytest.raises(BuildError, match="cannot be compiled for a board: main, line 3: LOWEST is a constant"):
        compile_firmware("armv7m", tmp_path, tmp_path / "log")
    assert not list(tmp_path.iterdir())
