"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999) between preallocated buffers."""


class CobsError(Exception):
    """Bytes that no encoder makes."""


def encode(data: "bytearray | memoryview", n: int, out: bytearray, at: int) -> int:
    """Encode `n` bytes of `data` into `out` from index `at`; returns the index after the last byte.

    `out` needs room for n + n // 254 + 1 bytes.
    """
    code_at = at
    at += 1
    code = 1
    for i in range(n):
        if code == 255:  # a full block opens the next one only when data follows
            out[code_at] = 255
            code_at = at
            at += 1
            code = 1
        b = data[i]
        if b:
            out[at] = b
            at += 1
            code += 1
        else:
            out[code_at] = code
            code_at = at
            at += 1
            code = 1
    out[code_at] = code
    return at


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
            data[write] = data[i]
            write += 1
        read += code
        if code < 255 and read < n:
            data[write] = 0
            write += 1
    return write
