"""Name and version of this firmware."""

VERSION = "0.1.0"
MODEL = "vitalband-ref"
MANUFACTURER = "vitalband"
BANNER = b"vitalband " + VERSION.encode() + b" - assistive, not a certified medical device\r\n"


def name(unique_id: bytes) -> str:
    """Name that a device advertises: the last two bytes of its id tell it from its like."""
    return "vitalband-%02X%02X" % (unique_id[-2], unique_id[-1])
