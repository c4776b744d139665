"""Errors of this package."""

from __future__ import annotations


class ModelError(Exception):
    """Something about a model or its data is not as it must be."""


class DataMissingError(ModelError):
    """The recordings that a manifest names are not there."""


class DataChangedError(ModelError):
    """A file is not the one that a manifest, recipe or check sum was written for."""
