"""What a scenario leaves in a folder: what was said, what was true, and what came of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from host_sdk.json_items import item_object

from ..checked_yaml.reading import written
from .running import Outcome


def result_object(outcome: Outcome) -> dict[str, Any]:
    """What came of a scenario, as JSON has it."""
    return {
        "scenario": outcome.scenario.name,
        "file": str(outcome.scenario.path),
        "target": outcome.target,
        "status": outcome.status,
        "failures": outcome.failures,
        "expectations": [dataclasses.asdict(verdict) for verdict in outcome.verdicts],
        "seconds": round(outcome.reached_s, 3),
        "wall_seconds": round(outcome.wall_s, 3),
        "resets": outcome.resets,
        "energy": outcome.energy,
    }


def save(outcome: Outcome, folder: Path) -> Path:
    """Write everything of a scenario into a folder of its own; the folder. Raises OSError.

    `result.json`, `items.jsonl` (what the device sent, `at_s` in the scenario's time), `truth.json` (of a wearer),
    `alarms.jsonl` (of a helmet: when its alarm came to a state), `messages.jsonl` (what its modem sent), `console.txt`,
    and the scenario itself.
    """
    own = folder / outcome.scenario.name
    own.mkdir(parents=True, exist_ok=True)
    _write(own / "result.json", json.dumps(result_object(outcome), indent=1))
    lines = [
        json.dumps({"at_s": round(each.time_s, 3), **item_object(each.item)}, ensure_ascii=False)
        for each in outcome.observed
    ]
    _write(own / "items.jsonl", "\n".join(lines))
    _write(own / "console.txt", outcome.console)
    for name in ("truth.json", "alarms.jsonl", "messages.jsonl"):
        (own / name).unlink(missing_ok=True)  # of an earlier run
    if outcome.alarms:
        states = [{"at_s": round(at_s, 3), "state": state.name.lower()} for at_s, state in outcome.alarms]
        _write(own / "alarms.jsonl", "\n".join(json.dumps(each) for each in states))
    if outcome.messages:
        messages = [{**each._asdict(), "at_s": round(each.at_s, 3)} for each in outcome.messages]
        _write(own / "messages.jsonl", "\n".join(json.dumps(each, ensure_ascii=False) for each in messages))
    if outcome.truth is not None:
        _write(own / "truth.json", json.dumps(dataclasses.asdict(outcome.truth), indent=1))
    write_scenario(outcome.scenario.data, own / outcome.scenario.path.name)
    return own


def write_scenario(data: dict[str, Any], path: Path) -> None:
    """Write a scenario's file; OSError. What `data` was read from may have had comments: they are lost."""
    _write(path, written(data))


def _write(path: Path, text: str) -> None:
    path.write_text(text if not text or text.endswith("\n") else f"{text}\n", encoding="utf-8")
