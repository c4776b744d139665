"""Builds images: MicroPython with the firmware frozen in, for this computer and for an emulated Cortex-M."""
