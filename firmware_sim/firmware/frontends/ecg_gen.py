"""Front end of the ecg sensor. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const

RATE_HZ = const(250)
RATE_MHZ = const(250_000)
PERIOD_US = const(4_000)
BLOCK = const(25)  # samples
LSB_NANO = const(48_081)  # one count in 1e-9 of the unit (mv)
GAIN = const(6)
BITS = const(24)  # of the converter, signed
FULL_SCALE_UV = const(2_420_000)  # before the gain
UV_PER_COUNT_Q15 = const(1_575)  # rounded down
