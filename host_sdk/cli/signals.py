"""Being told to stop: Ctrl-C, and what a service manager or a closed terminal sends."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress


def stop_signal() -> asyncio.Future[signal.Signals]:
    """The signal that stops the program, once there is one; those that the program's parent had ignored stay so.

    It holds until the event loop is closed. Where a loop takes no signals (Windows, threads), they do what they did.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(which: signal.Signals) -> None:
        if not came.done():
            came.set_result(which)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        which: signal.Signals | None = getattr(signal, name, None)
        if which is not None and signal.getsignal(which) is not signal.SIG_IGN:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(which, stop, which)
    return came
