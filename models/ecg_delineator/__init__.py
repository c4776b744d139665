"""The delineation network: which samples of a representative beat lie in its P, QRS and T waves."""

from __future__ import annotations

from models.common.paths import ModelPaths

#: Where this model's files are.
paths = ModelPaths("ecg_delineator")
