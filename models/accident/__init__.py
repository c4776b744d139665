"""Falls and accidents: a small network that judges what the rules judge, the segments around an impact."""

from __future__ import annotations

from models.common.paths import ModelPaths

paths = ModelPaths("accident")
