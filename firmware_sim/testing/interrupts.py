"""Ctrl-C for programs that tests start."""

from __future__ import annotations

import signal
from functools import partial

#: As `preexec_fn`: a shell starts what runs in its background with SIGINT ignored, and children inherit that.
heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
