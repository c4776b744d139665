"""QRS verification: which candidates are QRS complexes, from eight seconds of signal."""

from __future__ import annotations

from models.common.paths import ModelPaths

#: Where this model's files are.
paths = ModelPaths("qrs_evidence")
