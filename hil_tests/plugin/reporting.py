"""What a run leaves when it is over: properties of JUnit, one HTML file, a baseline, the flake rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .artifacts import FOLDER
from .measuring import measurements_of, read_baseline, save_baseline
from .results import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from .flakes import Flakes

#: How a test can end; 0: as it should.
_OUTCOMES = {"passed": 0, "failed": 1, "error": 2, "xfailed": 3, "xpassed": 4, "skipped": 5}


def check_outputs(config: pytest.Config) -> None:
    """UsageError where what the run is to leave cannot be written: it is tried before any test."""
    files = {name: config.getoption(name, None) for name in ("--hil-html", "--save-baseline", "--junitxml")}
    artifacts = config.getoption("--artifacts")
    if artifacts is None and not any(files.values()):
        return
    from ..scenarios.outputs import why_no_file, why_no_folder

    wrong = {name: why_no_file(Path(path)) for name, path in files.items() if path}
    if artifacts is not None:
        wrong["--artifacts"] = why_no_folder(Path(artifacts))
    for name, why in wrong.items():
        if why is not None:
            raise pytest.UsageError(f"{name} {why}")
    baseline = files["--save-baseline"]
    if baseline and Path(baseline).exists():
        read_baseline(Path(baseline), "--save-baseline")


class Reporter:
    """Collects reports, in the process that sees all of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._results: dict[str, Result] = {}
        self._flakes: Flakes | None = None
        self._unwritten: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Say in JUnit's XML what the run is of."""
        from _pytest.junitxml import xml_key

        xml = self._config.stash.get(xml_key, None)
        if xml is not None:
            from .provenance import provenance

            for name, value in provenance(self._config).items():
                xml.add_global_property(name, value)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of a test."""
        result = self._results.setdefault(report.nodeid, Result(report.nodeid))
        result.seconds += report.duration
        if report.when == "teardown" or report.outcome != "passed":
            for name, value in report.user_properties:
                if name == "dut" and value not in result.devices:
                    result.devices.append(str(value))
                result.folder = str(value) if name == FOLDER else result.folder
            result.measured = measurements_of(report.user_properties)
        outcome = _outcome(report)
        if _OUTCOMES[outcome] and result.outcome == "passed":
            result.outcome = outcome
            result.text = str(getattr(report, "wasxfail", "")) or _words(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what was asked for."""
        used = [result for result in self._results.values() if result.devices]
        page, baseline = (self._config.getoption(name) for name in ("--hil-html", "--save-baseline"))
        if page is not None:
            from .html_page import html_page
            from .provenance import provenance

            text = html_page(list(self._results.values()), provenance(self._config))
            self._kept(session, lambda: Path(page).write_text(text, encoding="utf-8"))
        if baseline is not None:
            # what failed may have measured nonsense
            kept = {r.nodeid: r.measured for r in self._results.values() if r.measured and r.outcome == "passed"}
            self._kept(session, lambda: save_baseline(Path(baseline), kept))
        if used:
            from .flakes import Flakes

            self._flakes = Flakes.noted(self._config, {result.nodeid: result.outcome for result in used})

    def _kept(self, session: pytest.Session, write: Callable[[], object]) -> None:
        """Write a file; a run that cannot leave what was asked for has failed, and keeps what else it has to say."""
        try:
            write()
        except OSError as error:
            self._unwritten.append(f"ERROR: {error.filename}: cannot be written: {error.strerror}")
            if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print measurements, the flake rate, and what could not be written."""
        for line in self._unwritten:
            terminalreporter.write_line(line, red=True)
        lines = [
            f"{result.nodeid}: {name} = {m['value']:g} {m['unit']}".rstrip()
            for result in self._results.values()
            for name, m in result.measured.items()
        ]
        if lines:
            terminalreporter.section("measurements")
            for line in lines:
                terminalreporter.write_line(line)
        if self._flakes is not None:
            terminalreporter.write_line(self._flakes.words)


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed" if report.when == "call" else "passed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "skipped" if report.skipped else "passed"


def _words(report: pytest.TestReport) -> str:
    """Why it failed, or was skipped."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    return report.longreprtext
