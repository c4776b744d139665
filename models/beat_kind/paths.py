"""Where this model's files are."""

from __future__ import annotations

from models.common.paths import ModelPaths

paths = ModelPaths("beat_kind")
