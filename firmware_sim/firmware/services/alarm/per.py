"""Bits of ASN.1's unaligned packed encoding rules (ITU-T X.691), the highest first."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable


class BitWriter:
    """Appends to a buffer of `size` octets from `begin` on."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)
        self.bits = 0

    def begin(self) -> None:
        """Nothing is written."""
        for i in range(len(self.data)):
            self.data[i] = 0
        self.bits = 0

    @property
    def octets(self) -> int:
        """Octets that hold the bits written."""
        return self.bits + 7 >> 3

    def put(self, value: int, count: int) -> None:
        """The low `count` bits of `value`; ValueError where there is no more room."""
        if self.bits + count > len(self.data) * 8:
            raise ValueError("more than %d octets" % len(self.data))
        for i in range(count - 1, -1, -1):
            if value >> i & 1:
                self.data[self.bits >> 3] |= 0x80 >> (self.bits & 7)
            self.bits += 1

    def put_octets(self, data: "Readable") -> None:
        """A length of up to 16383, and so many octets."""
        if len(data) < 128:
            self.put(len(data), 8)
        else:
            self.put(0x8000 | len(data), 16)
        for octet in data:
            self.put(octet, 8)


class BitReader:
    """Takes from what `begin` is given, bit by bit."""

    def __init__(self) -> None:
        self._data: "Readable" = b""
        self._bit = 0

    def begin(self, data: "Readable") -> None:
        """Take from `data` from now on."""
        self._data = data
        self._bit = 0

    @property
    def left(self) -> int:
        """Bits not taken."""
        return len(self._data) * 8 - self._bit

    def get(self, count: int) -> int:
        """An unsigned number of `count` bits; ValueError where there are less."""
        if count > self.left:
            raise ValueError("it ends early, %d bits short" % (count - self.left))
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._bit >> 3] >> 7 - (self._bit & 7) & 1
            self._bit += 1
        return value

    def get_octets(self) -> bytes:
        """Octets behind their length."""
        length = self.get(8)
        if length & 0x80:
            if length & 0x40:
                raise ValueError("a length in fragments")
            length = (length & 0x3F) << 8 | self.get(8)
        if length * 8 > self.left:
            raise ValueError("%d octets, %d are there" % (length, self.left // 8))
        return bytes([self.get(8) for _ in range(length)])
