"""The emulated board's half of the bridge to the simulator; runs on MicroPython only, but for `ops` and `values`."""
