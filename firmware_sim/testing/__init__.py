"""Rigs and cases that the tests of several packages share."""
