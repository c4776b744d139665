"""The device that `--dut` names: what its address must be, and that a run of it tests something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from host_sdk.transports.address import Address

#: Begins the reason of every test that is skipped because of the address.
SKIPPED = "--dut "


def device_address(text: str) -> Address:
    """The address of a device that is there; UsageError for one that is none."""
    from host_sdk.errors import AddressError
    from host_sdk.transports.address import parse_address

    try:
        address = parse_address(text)
    except AddressError as error:
        raise pytest.UsageError(f"--dut: {error}") from None
    if address.starts_device:
        raise pytest.UsageError(
            f"--dut {text}: starts a device for each client, and a test needs one that stays;"
            " leave --dut out, or start one with `vitalband sim`"
        )
    return address


class SkipWatch:
    """Fails a run in which tests were skipped because of the address and no other one ran."""

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
                f"ERROR: all {self._skipped} tests were skipped because of the address of --dut", red=True
            )
