"""Freezes the firmware as the package `firmware`, so that little of it comes to lie on the heap: see frozen_source.py.

MicroPython enters `firmware.dsp.ecg.pipeline`, and `pipeline`, into its table of strings when it imports that module:
on the heap, where the image does not have the string. So a module is frozen that nobody imports, and that names them
all.

Options: `kernels_in_c`, the image has the C modules, so viper's kernels are left out; `board`, the only one of
`boards` that it is for (without it there are all); `role`, of which device it is.
"""

import atexit
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
from frozen_source import frozen_sources

options.defaults(kernels_in_c=False, board="", role="band")
folder = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, folder)
names = []
for path, text in frozen_sources(Path("../firmware"), options.kernels_in_c, options.board, options.role).items():
    file = folder / "firmware" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    names.append(".".join(("firmware", *path.with_suffix("").parts)).removesuffix(".__init__"))
(folder / "module_names.py").write_text(
    "def names():\n"
    + "".join(f"    import {name}\n" for name in names)
    + "    firmware."
    + ".".join(sorted({part for name in names for part in name.split(".")}))
)
package("firmware", base_path=str(folder))
module("module_names.py", base_path=str(folder))
