"""A synthetic wearer with known truth."""

from __future__ import annotations

from .presets import PRESETS
from .settings import SPO2_INTERCEPT, SPO2_SLOPE, Motion, Profile, WearerSettings
from .truth import Truth, TruthBeat, TruthEvent
from .wearer import Wearer

__all__ = [
    "PRESETS",
    "SPO2_INTERCEPT",
    "SPO2_SLOPE",
    "Motion",
    "Profile",
    "Truth",
    "TruthBeat",
    "TruthEvent",
    "Wearer",
    "WearerSettings",
]
