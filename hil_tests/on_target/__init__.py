"""Scripts that run on MicroPython, next to the firmware: they import nothing but it."""
