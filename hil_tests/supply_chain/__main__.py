"""`python -m hil_tests.supply_chain`: scan files for secrets and dependencies for gaps; `--sbom FILE` writes the bill.

Works without a network. Exit code 1 with a line for each problem.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .dependencies import ROOT, declared, unbounded, unmet
from .sbom import bill, text
from .secrets import files_of, problems, read_allowed


def main(arguments: list[str]) -> int:
    """Run the scan; 0 when nothing was found."""
    parser = argparse.ArgumentParser(
        prog="python -m hil_tests.supply_chain", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="also write the software bill of materials")
    args = parser.parse_args(arguments)
    requirements = declared()
    names = files_of(ROOT)
    found = [*problems(ROOT, names, read_allowed()), *unbounded(requirements), *unmet(requirements)]
    for line in found:
        print(line)
    made = bill()
    if args.sbom is not None:
        args.sbom.parent.mkdir(parents=True, exist_ok=True)
        args.sbom.write_text(text(made), encoding="utf-8")
    print(f"{len(names)} files, {len(made.components)} components: {len(found) or 'no'} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
