"""Which of what looks like beats are QRS complexes, seen in eight seconds of signal."""

from __future__ import annotations

from models.common.paths import ModelPaths

#: Where this model's files are.
paths = ModelPaths("qrs_evidence")
