"""Respiration: small networks that score rates by spectra of what the breath moves of pulses and heart beats."""

from __future__ import annotations

from models.common.paths import ModelPaths

paths = ModelPaths("respiration")
#: What ships: the numbers of both networks.
WEIGHTS = paths.here / "weights.json"
