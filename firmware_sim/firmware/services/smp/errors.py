"""What a management request may be refused with, in both forms: old clients get one number, new ones group and code."""

from micropython import const

# MGMT_ERR_* of Zephyr's mgmt_defines.h: generic codes, which are `rc` in both forms
EUNKNOWN = const(1)
ENOMEM = const(2)
EINVAL = const(3)
ENOENT = const(5)
EBADSTATE = const(6)
EMSGSIZE = const(7)
ENOTSUP = const(8)
EBUSY = const(10)
UNSUPPORTED_TOO_NEW = const(13)


class SmpError(Exception):
    """A refusal: (`rc`, a reason for people or None).

    One that only a group has: its number behind them, and the code within it, which clients of version 2 get instead.
    """
