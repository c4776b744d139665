"""`vitalband evaluate`: published data sets through the exact device path, scored."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from host_sdk.records.data_root import data_root
from host_sdk.transports.simulated_options import DEFAULT_TARGET

from .core.errors import EvaluationError
from .signals import DATASETS, find_signal

_PEERS = {"ecg": ("neurokit2", "neurokit2-dwt", "xqrs", "sleepecg"), "ppg": ("heartpy", "neurokit2")}
_NOISES = ("em", "ma", "bw")
#: The generated set, and its kinds that are a signal's own.
_HONESTY = "honesty"
_KINDS = {"ecg": "ecg_*", "ppg": "ppg_*", "motion": "imu_*"}
_NOISE_HELP = f"nstdb: noises, of {', '.join(_NOISES)} (default: em)"
_ABOUT = {
    "ecg": "beats, intervals, rhythm and quality",
    "ppg": "pulse, respiration and SpO2",
    "motion": "falls and false alarms",
    "honesty": "what is claimed of generated records whose truth is known",
}


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "evaluate",
        help="score the device on published recordings",
        description="Run published data sets through the simulated sensors and the device's own processing and score "
        "what it says against what experts or other instruments said.",
    )
    signals = parser.add_subparsers(dest="signal", metavar="SIGNAL", required=True)
    for name, about in _ABOUT.items():
        what = f"Data sets of {about}" if name != "honesty" else about.capitalize()
        one = signals.add_parser(name, help=about, description=f"{what}: docs/evaluation.md.")
        if name == "honesty":
            _add_honesty(one)
        else:
            _add_selection(one, (*DATASETS[name], _HONESTY))
        _add_running(one)
        if name == "ecg":
            _add_ecg(one)
        if name in _PEERS:
            one.add_argument(
                "--peer",
                nargs="+",
                choices=_PEERS[name],
                metavar="NAME",
                default=[],
                help=f"also run these (extra `peers`): {', '.join(_PEERS[name])}",
            )
        one.set_defaults(handler=run)


def _add_selection(parser: argparse.ArgumentParser, datasets: tuple[str, ...]) -> None:
    parser.add_argument("--dataset", required=True, choices=datasets, metavar="SET", help=", ".join(datasets))
    parser.add_argument(
        "--data",
        type=Path,
        default=data_root(),
        metavar="DIR",
        help="its folder, or the folder that holds the sets (default: $VITALBAND_DATA, else ~/.cache/vitalband/data)",
    )
    parser.add_argument("--split", default="all", metavar="NAME", help="a part of it (default: all)")
    parser.add_argument("--records", nargs="+", default=[], metavar="R", help="only these records")
    parser.add_argument("--limit", type=_count, metavar="N", help="N records only, spread over the set")


def _add_honesty(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", nargs="+", default=[], metavar="NAME", help="only these kinds (`ecg_lead_off_*`)")
    parser.add_argument("--seed", type=_seed, default=1, metavar="N", help="other records of the same kinds (1)")
    parser.add_argument("--per-kind", type=_count, default=3, metavar="N", help="records of each kind (3)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the records here, to be looked at and replayed")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="fail where a kind has more faults than there")
    parser.add_argument("--save-baseline", type=Path, metavar="FILE", help="write the faults as the baseline")
    parser.set_defaults(dataset="honesty", split="all", records=[], limit=None)


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", default=DEFAULT_TARGET, help=f"where the firmware runs ({DEFAULT_TARGET})")
    parser.add_argument("--jobs", type=_count, metavar="N", help="processes (default: one for each core)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write JSON, tables and plots into this folder")
    parser.add_argument("--page", type=Path, metavar="DIR", help="write SET.md for docs/results into this folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_ecg(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channel", nargs="+", default=[], metavar="NAME", help="leads by name, or by number from 1")
    parser.add_argument("--snr", nargs="+", type=float, default=[6.0], metavar="DB", help="nstdb: ratios (default: 6)")
    parser.add_argument("--noise", nargs="+", choices=_NOISES, default=["em"], metavar="NOISE", help=_NOISE_HELP)
    parser.add_argument("--ec57", action="store_true", help="mitdb: the tables of ANSI/AAMI EC57, record by record")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a count from 1")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a seed from 0")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when every record was read and scored by every method, and nothing that was asked fails."""
    from .core.report.page import write_page
    from .core.report.printing import text_of
    from .core.report.saving import save

    args = _redirected(args)
    signal = find_signal(args.signal).view(args)
    report = make_report(args)
    writers: tuple[tuple[Path | None, Callable[..., list[Path]]], ...] = ((args.out, save), (args.page, write_page))
    for folder, write in writers:
        for path in [] if folder is None else write(report, folder, signal):
            print(f"wrote {path}", file=sys.stderr)
    _print_failures(report)
    if args.json:
        from host_sdk.cli.output import print_json

        print_json(report)
    else:
        print(text_of(report, signal))
    failed = signal.check(args, report)
    for line in failed:
        print(f"vitalband evaluate: {line}", file=sys.stderr)
    return 1 if report["failed"] or failed else 0


def _redirected(args: argparse.Namespace) -> argparse.Namespace:
    """`evaluate SIGNAL --dataset honesty` is `evaluate honesty` with that signal's kinds; raises EvaluationError."""
    if args.signal == _HONESTY or args.dataset != _HONESTY:
        return args
    if getattr(args, "peer", []):
        raise EvaluationError("--peer: what is claimed of generated records is judged of the device alone")
    given = {name: value for name, value in vars(args).items() if name != "data"}
    files = dict.fromkeys(("save", "baseline", "save_baseline"))
    kinds = {"signal": _HONESTY, "kind": [_KINDS[args.signal]], "seed": 1, "per_kind": 3}
    return argparse.Namespace(**{**given, **kinds, **files})


def make_report(args: argparse.Namespace) -> dict[str, Any]:
    """Everything that was found; whatever is wrong with the arguments is raised before anything runs."""
    # all of this is slow to load, and other commands do without it
    from host_sdk.cli.progress import Progress
    from host_sdk.transports.simulated import find_provider

    from .core.choosing import Wanted, choose
    from .core.evaluating import evaluate
    from .core.running import default_processes

    signal = find_signal(args.signal).view(args)
    find_provider(args.target)
    scored = signal.methods(args)
    for method in scored:
        method.describe()
    dataset = signal.open_dataset(args)
    channels = tuple(getattr(args, "channel", ()))
    chosen = choose(dataset, Wanted(args.split, tuple(args.records), channels, args.limit))
    with Progress(len(chosen.cases) * len(scored)) as progress:
        found = evaluate(dataset, chosen, scored, args.jobs or default_processes(), progress)
    return {
        "signal": args.signal,
        "dataset": args.dataset,
        "split": args.split,
        "command": _command_line(args),
        "records": len({case.record for case in chosen.cases}),
        "cases": len(chosen.cases),
        "failed": sum(len(method["failed"]) for method in found.values()),
        "methods": found,
    }


def _command_line(args: argparse.Namespace) -> str:
    """The command line that makes the same report, but for where the data lie."""
    words = [f"vitalband evaluate {args.signal}"]
    words += ["--dataset", args.dataset, "--data DIR"] if hasattr(args, "data") else []
    words += ["--seed", str(args.seed), "--per-kind", str(args.per_kind)] if args.signal == "honesty" else []
    words += ["--split", args.split] if args.split != "all" else []
    for name in ("records", "channel", "peer", "kind"):
        values = getattr(args, name, [])
        words += [f"--{name}", *values] if values else []
    words += ["--limit", str(args.limit)] if args.limit else []
    words += ["--target", args.target] if args.target != DEFAULT_TARGET else []
    words += ["--ec57"] if getattr(args, "ec57", False) else []
    if args.dataset == "nstdb":
        words += ["--noise", *args.noise, "--snr", *(f"{snr:g}" for snr in args.snr)]
    return " ".join(words)


def _print_failures(report: dict[str, Any]) -> None:
    for name, method in report["methods"].items():
        for each in method["failed"]:
            print(f"vitalband evaluate: {name}: {each['error']['message']}", file=sys.stderr)
        for each in method["records"]:
            if "note" in each:
                print(f"{name} found nothing in {each['record']} {each['group']}: {each['note']}", file=sys.stderr)
