"""Scenarios: what a device goes through and what must come of it, as files that people read and write (docs/hil.md)."""
