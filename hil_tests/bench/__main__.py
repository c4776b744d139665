"""`make bench`: the figures of docs/benchmarks.md that are taken on this computer."""

from __future__ import annotations

import sys

from .host import main

sys.exit(main())
