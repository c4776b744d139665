"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999) undone in place; `kernels.cobs_encode` does it."""


class CobsError(Exception):
    """Bytes that no encoder makes."""


def decode(data: bytearray, n: int) -> int:
    """Decode the first `n` bytes in place; returns the decoded length.

    Raises CobsError where a zero is inside or a block runs past the end.
    """
    read = write = 0
    while read < n:
        code = data[read]
        if code == 0 or read + code > n:
            raise CobsError("not COBS")
        for i in range(read + 1, read + code):
            value = data[i]
            if value == 0:
                raise CobsError("not COBS")
            data[write] = value
            write += 1
        read += code
        if code < 255 and read < n:
            data[write] = 0
            write += 1
    return write
