"""Front end of the skin sensor. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const

RATE_HZ = const(1)
RATE_MHZ = const(1_000)
PERIOD_US = const(1_000_000)
BLOCK = const(1)  # samples
LSB_NANO = const(7_812_500)  # one count in 1e-9 of the unit (celsius)
