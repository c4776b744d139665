"""`make soak`: a device through scenarios that are drawn, with what must hold in each; 1 where something did not."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .campaign import Run, Soak, summary


def main(argv: list[str] | None = None) -> int:
    """Run what the command line asks for; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="another seed, other scenarios (default: 1)")
    parser.add_argument("--minutes", type=float, default=5.0, help="of the processor, of this call (default: 5)")
    parser.add_argument("--count", type=int, default=sys.maxsize, help="scenarios of the seed in all")
    parser.add_argument("--jobs", type=int, default=1, help="so many at once (default: 1)")
    parser.add_argument("--out", type=Path, default=Path("soak"), help="results: what is in there is not run again")
    args = parser.parse_args(argv)
    if args.jobs < 1 or args.count < 1 or not args.minutes > 0:
        parser.error("--jobs, --count and --minutes are above 0")
    soak = Soak(args.out, args.seed)
    if soak.runs:
        print(f"{len(soak.runs)} scenarios of seed {args.seed} are done already", flush=True)
    soak.go_on(args.count, 60 * args.minutes, args.jobs, _report)
    print("\n".join(summary(soak.runs)))
    return 1 if any(each.failures for each in soak.runs) else 0


def _report(found: Run) -> None:
    """Those that failed."""
    for failure in found.failures:
        print(f"number {found.number}: {failure}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
