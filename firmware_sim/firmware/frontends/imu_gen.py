"""Front end of the imu sensor. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const

RATE_HZ = const(104)
RATE_MHZ = const(104_000)
PERIOD_US = const(9_615)
BLOCK = const(26)  # samples
ACCEL_LSB_NANO = const(488_000)  # one count in 1e-9 of the unit (g)
GYRO_LSB_NANO = const(70_000_000)  # one count in 1e-9 of the unit (dps)
