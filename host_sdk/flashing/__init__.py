"""Flashing a device by SMP: upload, test, health, confirmation. Needs the extra `flash`."""
