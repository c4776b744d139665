"""Reset of an MCU: its causes, and what is raised through the firmware that ran."""

from __future__ import annotations

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5


class McuReset(BaseException):
    """The MCU went through reset: what ran on it is gone; load the board anew.

    Not an Exception: the firmware's `except Exception` must not stop it.
    """

    def __init__(self, cause: int) -> None:
        super().__init__(f"MCU reset, cause {cause}")
        self.cause = cause
