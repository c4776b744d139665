"""Front end of the ppg sensor. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const

RATE_HZ = const(100)
RATE_MHZ = const(100_000)
PERIOD_US = const(10_000)
BLOCK = const(20)  # samples
PPG_LSB_NANO = const(1_000_000_000)  # one count in 1e-9 of the unit (count)
PPG_GREEN_LSB_NANO = const(1_000_000_000)  # one count in 1e-9 of the unit (count)
