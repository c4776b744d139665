"""The vector of one beat: which samples about R it has, and how representative beats are scaled."""

from micropython import const

#: Samples before R (384 ms), and in all (1.024 s).
BEFORE = const(96)
LENGTH = const(256)
#: Fractional bits of a representative beat's microvolts.
SHIFT = const(4)
