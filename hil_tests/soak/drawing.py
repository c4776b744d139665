"""Draws scenarios: a wearer, what happens to the device, and a minute of rest in which it must have recovered."""

from __future__ import annotations

from random import Random
from typing import Any

from firmware_sim.faults import FAULTS, RESETTING, why_unsupported

from ..scenarios.link_faults import LINK_FAULTS
from ..scenarios.signal_faults import SIGNAL_FAULTS

Data = dict[str, Any]

#: The last part of a scenario, in which nothing happens, and its end, in which numbers must be there again.
CALM_S, RECOVERED_S = 60.0, 20.0
#: How long things happen.
_SHORTEST_S, _LONGEST_S = 20.0, 150.0
#: How far numbers may be off the truth then.
_NEAR = {"heart_rate": 6, "pulse_rate": 6}
#: Chips that every simulated board has.
_FITTED = ("ecg", "light", "motion", "temperature", "gauge", "flash")
_GROUPS = ("ecg", "ppg", "motion", "skin")
#: Wearers whose numbers are there when they sit still, and those of whom that is not always so.
_PLAIN = ("resting", "first_degree_block", "bradycardia", "tachycardia", "long_qt", "wide_qrs")
_OTHERS = ("af", "ectopy", "pause", "dual_pacing", "hypoxia", "low_perfusion", "pressed", "noisy", "ventricular_pacing")


def draw(seed: int, number: int) -> Data:
    """Scenario `number` of a seed, as its file has it: the same whenever and wherever it is drawn."""
    chance = Random(f"soak/{seed}/{number}")
    active_s = round(chance.uniform(_SHORTEST_S, _LONGEST_S), 1)
    is_plain = chance.random() < 0.7
    data: Data = {
        "about": f"Soak of seed {seed}, number {number}.",
        "seed": chance.randrange(1_000_000),
        "duration_s": round(active_s + CALM_S, 1),
        "wearer": _wearer(chance, is_plain),
    }
    sections = {
        "ride": _ride(chance, active_s),
        "place": _surroundings(chance, active_s),
        "faults": _faults(chance, active_s),
        "actions": _actions(chance, active_s),
    }
    data |= {name: section for name, section in sections.items() if section}
    data["expect"] = _expected(data, is_plain)
    return data


def _wearer(chance: Random, is_plain: bool) -> Data:
    wearer: Data = {"preset": chance.choice(_PLAIN if is_plain else _OTHERS)}
    if wearer["preset"] == "resting":
        wearer["heart_rate_bpm"] = chance.randrange(48, 120)
    if chance.random() < 0.5:
        wearer["skin"] = chance.choice(("light", "medium", "dark"))
        wearer["spo2_percent"] = chance.randrange(88, 100)
        wearer["respiration_per_min"] = chance.randrange(8, 24)
    return wearer


def _span(chance: Random, active_s: float, longest_s: float = 40.0) -> Data:
    """When something happens: mostly some seconds, sometimes less than one."""
    length_s = min(chance.choice((0.3, 1.0, 5.0, longest_s)) * chance.uniform(0.5, 1.0), active_s - 1.0)
    begin_s = chance.uniform(0.0, active_s - length_s)
    return {"from_s": round(begin_s, 2), "to_s": round(begin_s + length_s, 2)}


def _ride(chance: Random, active_s: float) -> list[Data]:
    """Episodes one after the other."""
    episodes, now_s = [], chance.uniform(0.0, active_s)
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        motion = chance.choice(("still", "walk", "walk", "run", "fall", "accident"))
        length_s = 6.0 if motion in ("fall", "accident") else chance.uniform(2.0, 40.0)
        if now_s + length_s > active_s:
            break
        episode: Data = {"motion": motion, "from_s": round(now_s, 2)}
        if motion in ("fall", "accident"):
            episode["peak_g"] = round(chance.uniform(2.5, 15.0), 1)
        else:
            episode["to_s"] = round(now_s + length_s, 2)
        episodes.append(episode)
        now_s += length_s + chance.uniform(0.1, 10.0)
    return episodes


def _surroundings(chance: Random, active_s: float) -> Data:
    made: Data = {}
    if chance.random() < 0.2:
        made |= {"mains_mv": round(chance.uniform(0.05, 1.0), 2), "mains_hz": chance.choice((50, 60))}
    if chance.random() < 0.1:
        made["skin_c"] = chance.randrange(15, 40)
    if chance.random() < 0.15:
        made["sunlight"] = [{**_span(chance, active_s), "ambient_na": chance.choice((3000, 100_000, 400_000))}]
    return made


def _faults(chance: Random, active_s: float) -> list[Data]:
    draws = [chance.choice((_component, _component, _signal, _link)) for _ in range(chance.choice((0, 1, 1, 2, 3, 5)))]
    return [{**draw_one(chance), **_span(chance, active_s)} for draw_one in draws]


def _component(chance: Random) -> Data:
    component = chance.choice(_FITTED)
    possible = [fault for fault in FAULTS if why_unsupported(component, fault) is None and fault not in RESETTING]
    return {"component": component, "fault": chance.choice(possible), "seed": chance.randrange(1000)}


def _signal(chance: Random) -> Data:
    kind = chance.choice(list(SIGNAL_FAULTS))
    made: Data = {"signal": kind}
    if kind in ("dropout", "flat", "saturation", "noise"):
        made["group"] = chance.choice(_GROUPS)
    if kind == "saturation":
        made["sign"] = chance.choice((-1, 1))
    elif kind == "noise":
        made |= {"snr_db": chance.choice((-10, 0, 6, 20)), "kind": chance.choice(("white", "wander"))}
    elif kind == "motion_artefact":
        made["level_g"] = round(chance.uniform(0.1, 2.0), 2)
    elif kind == "dead_led":
        made["colour"] = chance.choice(("red", "infrared"))
    return made


def _link(chance: Random) -> Data:
    kind = chance.choice(list(LINK_FAULTS))
    made: Data = {"link": kind, "seed": chance.randrange(1000)}
    return {**made, "ratio": chance.choice((0.01, 0.1, 0.5, 1.0))} if "ratio" in LINK_FAULTS[kind][1] else made


def _actions(chance: Random, active_s: float) -> list[Data]:
    times = sorted(chance.uniform(1, active_s) for _ in range(chance.choice((0, 0, 0, 1, 1, 2))))
    return [{"at_s": round(at_s, 2), "do": "reset"} for at_s in times]


def _expected(data: Data, is_plain: bool) -> list[Data]:
    """Numbers are there again, and right; nothing happened that did not."""
    end: Data = {"from_s": round(data["duration_s"] - RECOVERED_S, 1)}
    expected: list[Data] = [{"reading": name, **end, "at_least": 1} for name in ("skin_temperature", "battery")]
    if is_plain:
        expected += [{"reading": name, **end, "at_least": 1, "near_truth": near} for name, near in _NEAR.items()]
    still = all(episode["motion"] == "still" for episode in data.get("ride", []))
    shaken = any(_shakes(fault) for fault in data.get("faults", []))
    if still and not shaken:
        expected += [{"event": name, "count": 0} for name in ("fall", "accident")]
    return expected


def _shakes(fault: Data) -> bool:
    return (
        fault.get("component") == "motion" or fault.get("signal") == "motion_artefact" or fault.get("group") == "motion"
    )
