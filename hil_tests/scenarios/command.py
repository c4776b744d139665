"""`vitalband hil`: runs scenarios, checks their files, makes them of recordings."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host_sdk.cli.choices import duration, since

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..checked_yaml.errors import FileError
    from .model import Scenario
    from .running import Outcome

EXIT_FAILED, EXIT_UNUSABLE, EXIT_DIED, EXIT_TIMEOUT = 1, 2, 3, 42
_CODES = {"passed": 0, "failed": EXIT_FAILED, "died": EXIT_DIED, "timeout": EXIT_TIMEOUT}
_ABOUT_CODES = (
    f"Exit codes: 0 everything expected came, {EXIT_FAILED} something did not, {EXIT_UNUSABLE} a file or an argument "
    f"is wrong, {EXIT_DIED} a device did not start or died, {EXIT_TIMEOUT} a scenario was not over in time."
)


def command(subparsers: Any) -> None:
    """Register the command."""
    about = "run scenarios: what a device goes through, and what must come of it"
    parser: argparse.ArgumentParser = subparsers.add_parser("hil", help=about, description="Scenarios (docs/hil.md).")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = actions.add_parser("run", help="run scenarios", description="Run scenarios.", epilog=_ABOUT_CODES)
    _add_files(one)
    _add_running(one)
    one.add_argument("--out", type=Path, metavar="DIR", help="a folder for each scenario: what was said, and was true")
    one.add_argument("--jobs", type=int, default=1, metavar="N", help="so many at once, in processes (default: 1)")
    one.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    one.add_argument("--json", action="store_true", help="one JSON object a line")
    one.set_defaults(handler=run)
    one = actions.add_parser("check", help="check scenarios' files", description="Check files, and run nothing.")
    _add_files(one)
    one.set_defaults(handler=check)
    one = actions.add_parser("schema", help="print the JSON schema", description="Print the JSON schema, for editors.")
    one.set_defaults(handler=print_schema)
    _add_capture(actions)


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenarios", nargs="+", type=Path, metavar="SCENARIO", help="files, or folders of them")


def _add_running(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", default="cpython", help="where the firmware runs (default: cpython)")
    parser.add_argument(
        "--timeout", type=duration, default=300.0, metavar="S", help="longest real time of a scenario (default: 300)"
    )


def _add_capture(actions: Any) -> None:
    one = actions.add_parser(
        "capture",
        help="make a scenario of a recording",
        description="Make a scenario of a recording: what the device says of it now is expected from then on.",
    )
    one.add_argument("record", type=Path, metavar="PATH", help="recording that `vitalband replay` reads")
    one.add_argument("--out", type=Path, required=True, metavar="FILE", help="the scenario's file")
    one.add_argument("--channel", help="channel of the record at the ECG electrodes")
    one.add_argument("--start", type=since, default=0.0, metavar="S", help="begin there (default: 0)")
    one.add_argument("--end", type=duration, metavar="S", help="end there (default: the recording's end)")
    _add_running(one)
    one.set_defaults(handler=capture)


def _files(paths: list[Path]) -> list[Path]:
    """Files, and those of folders, each once."""
    found = []
    for path in paths:
        found += sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    return list({path.resolve(): path for path in reversed(found)}.values())[::-1]


def _distinguished(scenarios: list[Scenario]) -> list[Scenario]:
    """Scenarios by names of which no two are alike: their files', with as much of their folders as that takes."""
    count = Counter(scenario.path.stem for scenario in scenarios)
    if all(number == 1 for number in count.values()):
        return scenarios
    paths = [scenario.path.resolve() for scenario in scenarios]
    common = Path(os.path.commonpath([path.parent for path in paths]))
    stems = Counter(path.with_suffix("") for path in paths)
    named = []
    for scenario, path in zip(scenarios, paths, strict=True):
        own = path.relative_to(common)
        title = own if stems[path.with_suffix("")] > 1 else own.with_suffix("")
        named.append(scenario if count[path.stem] == 1 else replace(scenario, title=title.as_posix()))
    return named


def _loaded(paths: list[Path]) -> tuple[list[Scenario], list[FileError]]:
    """Scenarios, and what is wrong with the files of others."""
    from ..checked_yaml.errors import FileError
    from .loading import load

    scenarios, errors = [], []
    for path in _files(paths):
        try:
            scenarios.append(load(path))
        except FileError as error:
            errors.append(error)
    return scenarios, errors


def _unusable(paths: list[Path]) -> tuple[list[Scenario], int]:
    """Scenarios, and EXIT_UNUSABLE where a file is wrong or there is none, which is said."""
    scenarios, errors = _loaded(paths)
    for error in errors:
        print(error, file=sys.stderr)
    if not scenarios and not errors:
        print(f"vitalband hil: no *.yaml in {', '.join(map(str, paths))}", file=sys.stderr)
    return scenarios, 0 if scenarios and not errors else EXIT_UNUSABLE


def run(args: argparse.Namespace) -> int:
    """Run the scenarios; one of the exit codes."""
    from firmware_sim.targets.names import TARGETS

    from .junit import write_junit
    from .outputs import why_no_file, why_no_folder
    from .running import run_here
    from .time_limit import time_limit
    from .workers import run_in_processes

    if args.target not in TARGETS:
        print(f"vitalband hil: no target {args.target!r}; there are {', '.join(TARGETS)}", file=sys.stderr)
        return EXIT_UNUSABLE
    if args.jobs < 1:
        print(f"vitalband hil: --jobs {args.jobs} is not a count from 1", file=sys.stderr)
        return EXIT_UNUSABLE
    scenarios, code = _unusable(args.scenarios)
    if code:
        return code
    for why in (args.out and why_no_folder(args.out), args.junit and why_no_file(args.junit)):
        if why:
            print(f"vitalband hil: {why}", file=sys.stderr)
            return EXIT_UNUSABLE
    scenarios = _distinguished(scenarios)
    if args.jobs > 1:
        made = run_in_processes(scenarios, args.target, args.timeout, args.jobs)
    else:
        made = (run_here(scenario, args.target, args.timeout, time_limit) for scenario in scenarios)
    outcomes, codes = [], [0]
    for outcome in made:
        outcomes.append(outcome)
        codes += [_CODES[outcome.status], _kept(lambda: _save(outcome, args.out))]  # noqa: B023 - called at once
        _report(outcome, args)
    if args.junit is not None:
        codes.append(_kept(lambda: write_junit(outcomes, args.junit)))
    if not args.json:
        _summarise(outcomes)
    return max(codes)


def _kept(write: Callable[[], object]) -> int:
    """Write; EXIT_UNUSABLE, which is said, where that fails: what is not written keeps nothing from being run."""
    try:
        write()
    except OSError as error:
        print(f"vitalband hil: {error.filename or 'output'}: cannot be written: {error.strerror}", file=sys.stderr)
        return EXIT_UNUSABLE
    return 0


def _save(outcome: Outcome, folder: Path | None) -> None:
    from .artifacts import save

    if folder is not None:
        save(outcome, folder)


def _report(outcome: Outcome, args: argparse.Namespace) -> None:
    from host_sdk.cli.output import print_json

    from .artifacts import result_object

    if args.json:
        print_json(result_object(outcome))
        return
    print(f"{outcome.status:8} {outcome.scenario.name} ({outcome.reached_s:g} s in {outcome.wall_s:.1f} s)", flush=True)
    for line in outcome.failures:
        print(f"         {line}", flush=True)


def _summarise(outcomes: list[Outcome]) -> None:
    passed = sum(outcome.status == "passed" for outcome in outcomes)
    virtual, wall = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("reached_s", "wall_s"))
    print(f"{passed} of {len(outcomes)} passed: {virtual:.0f} s of the devices' time in {wall:.1f} s")


def check(args: argparse.Namespace) -> int:
    """Check the files; EXIT_UNUSABLE where one is wrong."""
    scenarios, code = _unusable(args.scenarios)
    if not code:
        print(f"{len(scenarios)} scenarios, nothing wrong")
    return code


def print_schema(_args: argparse.Namespace) -> int:
    """Print the schema; 0."""
    from .schema import text

    print(text(), end="")
    return 0


def capture(args: argparse.Namespace) -> int:
    """Write the scenario of a recording; VitalbandError where it cannot be had."""
    from firmware_sim.world.errors import WorldError
    from host_sdk.errors import RecordError

    from .artifacts import write_scenario
    from .capturing import capture as made
    from .model import Recording
    from .outputs import why_no_file

    why = why_no_file(args.out)
    if why is not None:
        print(f"vitalband hil: {why}", file=sys.stderr)
        return EXIT_UNUSABLE
    recording = Recording(args.record, channel=args.channel, start_s=args.start, end_s=args.end)
    try:
        write_scenario(made(recording, args.out, args.target, args.timeout), args.out)
    except WorldError as error:
        raise RecordError(str(error)) from error
    print(f"wrote {args.out}")
    return 0
