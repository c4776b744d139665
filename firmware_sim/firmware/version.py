"""Name and version of this firmware."""

VERSION = "0.2.0"
MANUFACTURER = "vitalband"
BANNER = b"vitalband " + VERSION.encode() + b" - assistive, not a certified medical device\r\n"
