"""`make fuzz`: all campaigns, a minute by default; fails where anything but a typed error came of an input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .campaign import Campaign, run
from .frames import TO_DEVICE, TO_HOST
from .kills import CAMPAIGNS as KILLS
from .logs import LOGS
from .management import MANAGEMENT
from .networks import CAMPAIGN as NETWORKS
from .records import CAMPAIGN as RECORDS
from .written import CAMPAIGN as WRITTEN

CAMPAIGNS: dict[str, Campaign] = {
    each.name: each for each in (NETWORKS, RECORDS, TO_DEVICE, MANAGEMENT, TO_HOST, LOGS, WRITTEN, *KILLS)
}


def main(argv: list[str] | None = None) -> int:
    """Run what the command line asks for; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.fuzz", description=__doc__)
    parser.add_argument("campaigns", nargs="*", metavar="NAME", help=f"of {', '.join(CAMPAIGNS)}; default: all")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other inputs (default: 1)")
    parser.add_argument("--count", type=int, help="inputs of each campaign; default: as many as --seconds allow")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all campaigns together; without --count")
    parser.add_argument("--save", type=Path, default=Path("fuzz-failures"), help="where inputs that failed are kept")
    args = parser.parse_args(argv)
    unknown = [name for name in args.campaigns if name not in CAMPAIGNS]
    if unknown:
        parser.error(f"no campaign {', '.join(unknown)}")
    chosen = [CAMPAIGNS[name] for name in args.campaigns or CAMPAIGNS]
    limit_s = float("inf") if args.count else args.seconds / len(chosen)
    failed = 0
    for campaign in chosen:
        report = run(campaign, args.count or sys.maxsize, args.seed, args.save, limit_s)
        print(report.line(), flush=True)
        for index, words in report.failures[:5]:
            print(f"  input {index} (seed {args.seed}): {words.strip().splitlines()[-1]}", flush=True)
        failed += len(report.failures)
    if failed:
        print(f"{failed} failures; inputs and tracebacks are in {args.save}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
