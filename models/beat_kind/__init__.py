"""Normal, supraventricular or ventricular: the kind of one heart beat."""

from __future__ import annotations

from models.common.paths import ModelPaths

#: Where this model's files are.
paths = ModelPaths("beat_kind")
