"""Tests that are skipped because of what `--dut` names, and a run that is left with nothing."""

from __future__ import annotations

import pytest

#: Begins the reason of every test that is skipped because of the device.
SKIPPED = "--dut "


class SkipWatch:
    """Fails a run in which tests were skipped because of the device and no other one ran."""

    def __init__(self) -> None:
        self._skipped = 0
        self._ran = 0

    @property
    def _idle(self) -> bool:
        return self._skipped > 0 and self._ran == 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test's outcome."""
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if report.skipped and SKIPPED in reason:
            self._skipped += 1
        elif report.when == "call" or report.failed:
            self._ran += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An exit status of its own would hide that nothing was tested."""
        if self._idle and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why the run failed."""
        if self._idle:
            terminalreporter.write_line(
                f"ERROR: all {self._skipped} tests were skipped because of the device of --dut", red=True
            )
