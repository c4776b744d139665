"""`vitalband evaluate`: published data sets through the exact device path, scored."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

_DATASETS = ("ludb", "qtdb", "mitdb", "cinc2017", "cinc2011", "tele", "nstdb")
_PEERS = ("neurokit2", "neurokit2-dwt", "xqrs", "sleepecg")
_NOISES = ("em", "ma", "bw")
_DEFAULT_TARGET = "cpython"


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "evaluate",
        help="score the device on published recordings",
        description="Run published data sets through the simulated sensors and the device's own processing and score "
        "what it says against what experts said.",
    )
    signals = parser.add_subparsers(dest="signal", metavar="SIGNAL", required=True)
    ecg = signals.add_parser(
        "ecg", help="beats, intervals, rhythm and quality", description="ECG data sets, docs/evaluation.md."
    )
    _add_selection(ecg)
    _add_running(ecg)
    ecg.set_defaults(handler=run)


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, choices=_DATASETS, help="which data set")
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="its folder, or the folder that holds the sets"
    )
    parser.add_argument("--split", default="all", metavar="NAME", help="a part of it (default: all)")
    parser.add_argument("--records", nargs="+", default=[], metavar="R", help="only these records")
    parser.add_argument("--channel", nargs="+", default=[], metavar="NAME", help="leads by name, or by number from 1")
    parser.add_argument("--limit", type=_count, metavar="N", help="the first N records only")
    parser.add_argument("--snr", nargs="+", type=float, default=[6.0], metavar="DB", help="nstdb: ratios (default: 6)")
    parser.add_argument("--noise", nargs="+", choices=_NOISES, default=["em"], help="nstdb: noises (default: em)")


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--peer", nargs="+", choices=_PEERS, default=[], help="also run these on the same leads (extra `peers`)"
    )
    parser.add_argument("--target", default=_DEFAULT_TARGET, help=f"where the firmware runs ({_DEFAULT_TARGET})")
    parser.add_argument("--jobs", type=_count, metavar="N", help="processes (default: one for each core)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write JSON, tables and plots into this folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a count from 1")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when every record was read and scored by every method."""
    from .core.report.printing import text_of
    from .core.report.saving import save

    report = make_report(args)
    if args.out is not None:
        for path in save(report, args.out):
            print(f"wrote {path}", file=sys.stderr)
    _tell_failures(report)
    if args.json:
        from host_sdk.cli.output import print_json

        print_json(report)
    else:
        print(text_of(report))
    return 1 if report["failed"] else 0


def make_report(args: argparse.Namespace) -> dict[str, Any]:
    """Everything that was found; whatever is wrong with the arguments is raised before anything runs."""
    # all of this is slow to load, and other commands do without it
    from host_sdk.cli.progress import Progress
    from host_sdk.transports.simulated import find_provider

    from .core.choosing import Wanted, choose
    from .core.dataset import Settings
    from .core.evaluating import evaluate
    from .core.running import default_processes
    from .ecg.datasets import open_dataset
    from .ecg.methods import methods

    find_provider(args.target)
    scored = methods(args.target, args.peer)
    for method in scored:
        method.describe()
    dataset = open_dataset(args.dataset, args.data, Settings(tuple(args.noise), tuple(args.snr)))
    chosen = choose(dataset, Wanted(args.split, tuple(args.records), tuple(args.channel), args.limit))
    with Progress(len(chosen.cases) * len(scored)) as progress:
        found = evaluate(dataset, chosen, scored, args.jobs or default_processes(), progress)
    return {
        "dataset": args.dataset,
        "split": args.split,
        "command": _words(args),
        "records": len({case.record for case in chosen.cases}),
        "cases": len(chosen.cases),
        "failed": sum(len(method["failed"]) for method in found.values()),
        "methods": found,
    }


def _words(args: argparse.Namespace) -> str:
    """The command line that makes the same report, but for where the data lie."""
    words = ["vitalband evaluate ecg --dataset", args.dataset, "--data DIR"]
    words += ["--split", args.split] if args.split != "all" else []
    for name in ("records", "channel", "peer"):
        values = getattr(args, name)
        words += [f"--{name}", *values] if values else []
    words += ["--limit", str(args.limit)] if args.limit else []
    words += ["--target", args.target] if args.target != _DEFAULT_TARGET else []
    if args.dataset == "nstdb":
        words += ["--noise", *args.noise, "--snr", *(f"{snr:g}" for snr in args.snr)]
    return " ".join(words)


def _tell_failures(report: dict[str, Any]) -> None:
    for name, method in report["methods"].items():
        for each in method["failed"]:
            print(f"vitalband evaluate: {name}: {each['error']['message']}", file=sys.stderr)
        for each in method["records"]:
            if "note" in each:
                print(f"{name} found nothing in {each['record']} {each['group']}: {each['note']}", file=sys.stderr)
