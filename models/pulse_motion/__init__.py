"""The pulse in motion: a small network that scores rates by the spectra of light, residual and acceleration."""

from __future__ import annotations

from models.common.paths import ModelPaths

paths = ModelPaths("pulse_motion")
#: What ships: the network's numbers.
WEIGHTS = paths.here / "weights.json"
