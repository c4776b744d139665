"""The command `vitalband`."""
