"""Why something failed, in words for people."""

from __future__ import annotations

import asyncio
import os


def one_line(error: BaseException) -> str:
    """An exception's message on one line, never empty."""
    unsaid = "no answer in time" if isinstance(error, asyncio.TimeoutError) else type(error).__name__
    return " ".join(str(error).split()) or unsaid


def reason(error: BaseException) -> str:
    """As `one_line`; of the operating system's errors what it calls them, without number and name of the file.

    >>> reason(ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 7300)"))
    'Connection refused'
    """
    if isinstance(error, OSError) and error.errno is not None:
        # libraries put whole sentences in `strerror`; numbers below zero are the resolver's
        return os.strerror(error.errno) if error.errno > 0 else " ".join(str(error.strerror).split())
    return one_line(error)
