"""What the device takes from its cell while a scenario runs, and whether that is within the limits of its file.

The chips' currents are counted by what they do (`firmware_sim.chips.draw`). What MCU and radio take is no result of
the run: it is projected from the instructions a second that the firmware's budget allows (`vitalband bench mcu`).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from functools import cache
from typing import Any

from firmware_sim.chips.draw import Charge
from firmware_sim.faults import fitted
from firmware_sim.mcu import Mcu

from ..bench.mcu.budget import BUDGETS
from ..bench.mcu.projection import battery_h, mcu_ma
from .judging import Verdict
from .model import CurrentLimit

#: All chips, MCU and radio together.
DEVICE = "device"
#: What a current can be expected of.
METERED = ("ecg", "light", "motion", "temperature", "gauge", "flash", DEVICE)
#: What can be expected of it.
CURRENT_LIMITS = ("at_least_ma", "at_most_ma", "lasts_h")
_MCU = "nrf52840"
_IMAGE = "qemu-m3"


@cache
def mcu_and_radio_ma() -> float:
    """What MCU and radio take on average, mA, with every stream sent."""
    budget = json.loads(BUDGETS[_IMAGE].read_text(encoding="utf-8"))
    return mcu_ma(budget["instructions_per_s"], _MCU)


class Energy:
    """The charge of each chip over a scenario's time."""

    def __init__(self, mcu: Mcu) -> None:
        self._draws = {name: chip.draw for name, chip in fitted(mcu).items() if name in METERED}
        self._times: list[float] = []
        self._totals: list[dict[str, float]] = []

    def note(self, now_s: float) -> None:
        """What every chip has taken until now."""
        self._times.append(now_s)
        self._totals.append({name: draw.total_mas for name, draw in self._draws.items()})

    def mean_ma(self, component: str, from_s: float, to_s: float) -> float | None:
        """The mean current of a chip or the device, mA; None for a chip that is not fitted, or without notes."""
        if len(self._times) < 2:
            return None
        if component == DEVICE:
            chips = [self.mean_ma(name, from_s, to_s) or 0.0 for name in self._draws]
            return sum(chips) + mcu_and_radio_ma()
        if component not in self._draws:
            return None
        begin, end = max(from_s, self._times[0]), min(to_s, self._times[-1])
        return (self._at(component, end) - self._at(component, begin)) / (end - begin) if begin < end else None

    def _at(self, component: str, time_s: float) -> float:
        """The charge until then, mA s; between two notes on the line from one to the other."""
        after = min(max(bisect_left(self._times, time_s), 1), len(self._times) - 1)
        (t0, t1), (a, b) = self._times[after - 1 : after + 1], self._totals[after - 1 : after + 1]
        return a[component] + (b[component] - a[component]) * (time_s - t0) / (t1 - t0)

    def judge(self, limit: CurrentLimit) -> Verdict:
        """Whether a limit was kept."""
        return Verdict(limit.line, limit.words, self._failure(limit))

    def _failure(self, limit: CurrentLimit) -> str | None:
        mean_ma = self.mean_ma(limit.component, limit.from_s, limit.to_s)
        if mean_ma is None:
            return f"no {limit.component} takes any: it is not fitted, or the device was not on"
        if limit.at_least_ma is not None and mean_ma < limit.at_least_ma:
            return f"{mean_ma:.4g} mA, not {limit.at_least_ma:g} or more"
        if limit.at_most_ma is not None and mean_ma > limit.at_most_ma:
            return f"{mean_ma:.4g} mA, not {limit.at_most_ma:g} or less"
        if limit.lasts_h is not None and battery_h(mean_ma) < limit.lasts_h:
            return f"the cell lasts {battery_h(mean_ma):.3g} h at {mean_ma:.4g} mA, not {limit.lasts_h:g} h"
        return None

    def summary(self) -> dict[str, Any]:
        """Mean currents of all of it, mA, by chip and by state, and hours that the cell lasts, as JSON has it."""
        device_ma = self.mean_ma(DEVICE, self._times[0], self._times[-1]) if self._times else None
        return {
            "device_ma": device_ma and round(device_ma, 4),
            "battery_h": device_ma and round(battery_h(device_ma), 1),
            "mcu_and_radio_ma": round(mcu_and_radio_ma(), 4),
            "assumes": f"{_MCU} at the firmware's budget of instructions, a host on the radio with every stream",
            "chips": {name: _states(draw.charges()) for name, draw in self._draws.items()},
        }


def _states(charges: dict[str, Charge]) -> dict[str, dict[str, float]]:
    return {
        state: {"seconds": round(charge.seconds, 4), "mas": round(charge.mas, 4)} for state, charge in charges.items()
    }
