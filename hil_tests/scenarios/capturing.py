"""Makes a scenario of a recording: what the device says of it now is what is expected from then on."""

from __future__ import annotations

import asyncio
import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from host_sdk.errors import SimulatorError
from host_sdk.models import Event, Reading, Rhythm
from host_sdk.wire_gen import ReadingKind

from .judging import Observed
from .model import Recording, Scenario
from .running import run, world_of
from .schema import LONGEST_S

#: Room that is left about the numbers that were found, of their size.
_MARGIN = 0.05


def capture(recording: Recording, path: Path, target: str = "cpython", timeout_s: float = 300.0) -> dict[str, Any]:
    """The scenario of a recording, to be written to `path`; RecordError, WorldError, SimulatorError."""
    world = world_of(Scenario(path, "", LONGEST_S, (), recording=recording))
    length_s = min(world.duration_s or LONGEST_S, LONGEST_S)
    scenario = Scenario(path, f"Recording {recording.path.name}.", length_s, (), recording=recording)
    outcome = asyncio.run(run(scenario, target, timeout_s))
    if outcome.error is not None:
        raise SimulatorError(outcome.error)
    return {
        "about": scenario.about,
        "duration_s": round(length_s, 3),
        "record": _record(recording, path.parent),
        "expect": expectations(outcome.observed) or [{"event": "impact", "count": 0}],
    }


def _record(recording: Recording, folder: Path) -> dict[str, Any]:
    """Its section; a path within reach is written from the scenario's folder."""
    found: dict[str, Any] = {"path": os.path.relpath(recording.path, folder)}
    defaults = Recording(recording.path)
    for name in ("signal", "channel", "start_s", "end_s"):
        if getattr(recording, name) != getattr(defaults, name):
            found[name] = getattr(recording, name)
    return found


def expectations(observed: Sequence[Observed]) -> list[dict[str, Any]]:
    """What was said, as expectations: ranges of numbers and how many there are, events, findings."""
    items = [each.item for each in observed]
    found = [each for kind in ReadingKind for each in _of_reading(kind, items)]
    events = Counter(item.kind.name.lower() for item in items if isinstance(item, Event))
    findings = Counter(name for item in items if isinstance(item, Rhythm) for name in item.names)
    found += [{"event": name, "count": count} for name, count in sorted(events.items())]
    return found + [{"finding": name, "at_least": math.ceil(n / 2)} for name, n in sorted(findings.items())]


def _of_reading(kind: ReadingKind, items: Sequence[object]) -> list[dict[str, Any]]:
    readings = [item for item in items if isinstance(item, Reading) and item.kind == kind]
    numbers = [reading.value for reading in readings if reading.value is not None]
    if not readings:
        return []
    name = kind.name.lower()
    if not numbers:
        reasons = sorted({str(reading.reason.name).lower() for reading in readings if reading.reason is not None})
        return [{"reading": name, "reason": reasons}]
    low, high = min(numbers), max(numbers)
    margin = _MARGIN * max(abs(low), abs(high))
    answered = math.floor(20 * len(numbers) / len(readings) - 1) / 20
    between = {"between": [round(low - margin, 1), round(high + margin, 1)]}
    return [{"reading": name, **between, **({"answered_at_least": answered} if answered > 0 else {})}]
