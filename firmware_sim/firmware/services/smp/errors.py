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


_BY_ERRNO = {16: "the flash chip is busy", 19: "the flash chip does not answer"}


class SmpError(Exception):
    """A refusal that every group has: (rc, and a reason for people where there is one)."""


class GroupError(Exception):
    """A refusal of one group: (group, code within it for clients of version 2, `rc` and a reason for older ones)."""


def of_device(error: OSError) -> str:
    """What of the device's own failed, for people: only the flash chip can."""
    number = error.args[0]
    return _BY_ERRNO.get(number) or "error %s of the device" % number
