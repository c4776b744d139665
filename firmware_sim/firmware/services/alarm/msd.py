"""The minimum set of data of an eCall (EN 15722:2015, version 2) in unaligned PER: one SMS of 8-bit data at most."""

from micropython import const

from .per import BitReader, BitWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .gsm7 import Readable

    Position = tuple[int, int]

VERSION = const(2)
LONGEST = const(140)
#: Characters of a VIN by their number: the digits, and the letters but I, O and Q.
_VIN_CHARACTERS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_LENGTH = const(17)
_NO_VIN = "0" * 17
_NO_DIRECTION = const(255)
_MOST_DIRECTION = const(179)
_NO_POSITION = 0x7FFFFFFF
_MOST_LATITUDE_MAS = const(324_000_000)
_MOST_LONGITUDE_MAS = const(648_000_000)
_VEHICLE_TYPES = const(13)
#: `vehicle_type`: motorcycle, class L3e.
MOTORCYCLE = const(9)
#: Bits of `propulsion`.
GASOLINE = const(1)
DIESEL = const(2)
NATURAL_GAS = const(4)
PROPANE = const(8)
ELECTRIC = const(16)
HYDROGEN = const(32)
OTHER = const(64)
_PROPULSIONS = const(7)
_NOT_KNOWN = "an extension that is not known"


class Msd:
    """One message; None where something is not known.

    `time_s` is Unix time, `position` (latitude, longitude) in milliarcseconds, `direction_deg` clockwise from north
    (sent in steps of 2°), `recent_1` and `recent_2` are (north, east) of a position before in units of 100
    milliarcseconds: of where it was from `position`, and from `recent_1`. `oid` is relative, with `data` of its own.
    """

    def __init__(self) -> None:
        #: 1 for the first message of an alarm; 255 at most.
        self.identifier = 1
        self.automatic = True
        self.test = False
        self.trusted = False
        #: 1 (class M1) to 13 (class L7e).
        self.vehicle_type = MOTORCYCLE
        self.vin: "str | None" = None
        self.propulsion = 0
        self.time_s: "int | None" = None
        self.position: "Position | None" = None
        self.direction_deg: "int | None" = None
        self.recent_1: "Position | None" = None
        self.recent_2: "Position | None" = None
        self.passengers: "int | None" = None
        self.oid: "tuple[int, ...] | None" = None
        self.data = b""
        self._outer = BitWriter(LONGEST)
        self._inner = BitWriter(LONGEST - 3)
        self._reader = BitReader()

    def values(self) -> "tuple[Any, ...]":
        """All fields."""
        return (
            self.identifier, self.automatic, self.test, self.trusted, self.vehicle_type, self.vin, self.propulsion,
            self.time_s, self.position, self.direction_deg, self.recent_1, self.recent_2, self.passengers, self.oid,
            self.data,
        )  # fmt: skip

    def _set(self, values: "tuple[Any, ...]") -> None:
        (
            self.identifier, self.automatic, self.test, self.trusted, self.vehicle_type, self.vin, self.propulsion,
            self.time_s, self.position, self.direction_deg, self.recent_1, self.recent_2, self.passengers, self.oid,
            self.data,
        ) = values  # fmt: skip

    def check(self) -> None:
        """ValueError that names the first field that cannot be sent."""
        _within("identifier", self.identifier, 0, 255)
        _within("vehicle_type", self.vehicle_type, 1, _VEHICLE_TYPES)
        _within("propulsion", self.propulsion, 0, 127)
        _within("time_s", self.time_s or 0, 0, 0xFFFFFFFF)
        _within("direction_deg", self.direction_deg or 0, 0, 360)
        _within("passengers", self.passengers or 0, 0, 255)
        if self.position is not None:
            _within("latitude", self.position[0], -_MOST_LATITUDE_MAS, _MOST_LATITUDE_MAS)
            _within("longitude", self.position[1], -_MOST_LONGITUDE_MAS, _MOST_LONGITUDE_MAS)
        for name, delta in (("recent_1", self.recent_1), ("recent_2", self.recent_2)):
            for value in delta or ():
                _within(name, value, -512, 511)
        self._check_vin()
        if self.oid is not None and (not self.oid or min(self.oid) < 0):
            raise ValueError("oid %r" % (self.oid,))

    def _check_vin(self) -> None:
        vin = self.vin
        if vin is None:
            return
        if len(vin) != _VIN_LENGTH:
            raise ValueError("vin %r: not %d characters" % (vin, _VIN_LENGTH))
        for character in vin:
            if character not in _VIN_CHARACTERS:
                raise ValueError("vin %r: %r is no character of one" % (vin, character))

    def encode(self) -> bytes:
        """The message, 140 octets at most; ValueError that names what cannot be sent."""
        self.check()
        inner, writer = self._inner, self._outer
        inner.begin()
        writer.begin()
        try:
            self._write(inner)
        except ValueError:
            raise ValueError("data of %d octets: more than %d in all" % (len(self.data), LONGEST)) from None
        writer.put(VERSION, 8)
        writer.put_octets(memoryview(inner.data)[: inner.octets])
        return bytes(writer.data[: writer.octets])

    def _write(self, writer: BitWriter) -> None:
        put = writer.put
        put(0, 1)
        put(self.oid is not None, 1)
        put(0, 1)
        for optional in (self.recent_1, self.recent_2, self.passengers):
            put(optional is not None, 1)
        put(self.identifier, 8)
        for flag in (self.automatic, self.test, self.trusted, False):
            put(bool(flag), 1)
        put(self.vehicle_type - 1, 4)
        for character in self.vin or _NO_VIN:
            put(_VIN_CHARACTERS.find(character), 6)
        self._write_propulsion(writer)
        put(self.time_s or 0, 32)
        for angle in self.position or (_NO_POSITION, _NO_POSITION):
            put(angle + 0x80000000, 32)
        put(_NO_DIRECTION if self.direction_deg is None else (self.direction_deg + 1) // 2 % 180, 8)
        for delta in (self.recent_1, self.recent_2):
            for value in delta or ():
                put(value + 512, 10)
        if self.passengers is not None:
            put(self.passengers, 8)
        if self.oid is not None:
            writer.put_octets(_oid_octets(self.oid))
            writer.put_octets(self.data)

    def _write_propulsion(self, writer: BitWriter) -> None:
        """Flags that are FALSE are left out: that is their default."""
        writer.put(0, 1)
        there = 0
        for i in range(_PROPULSIONS):
            flag = self.propulsion >> i & 1
            there += flag
            writer.put(flag, 1)
        writer.put((1 << there) - 1, there)

    def decode(self, data: "Readable") -> None:
        """Take the fields of a message; ValueError, with nothing changed, that says what is malformed."""
        before = self.values()
        try:
            self._read(data)
            self.check()
        except ValueError:
            self._set(before)
            raise

    def _read(self, data: "Readable") -> None:
        if len(data) > LONGEST:
            raise ValueError("%d octets, %d at most" % (len(data), LONGEST))
        reader = self._reader
        reader.begin(data)
        version = reader.get(8)
        if version != VERSION:
            raise ValueError("version %d, only %d is known" % (version, VERSION))
        reader.begin(reader.get_octets())
        _refuse(reader.get(1))
        additional = reader.get(1)
        _refuse(reader.get(1))
        optional = reader.get(3)
        self.identifier = reader.get(8)
        self.automatic, self.test, self.trusted = [bool(reader.get(1)) for _ in range(3)]
        _refuse(reader.get(1))
        self.vehicle_type = reader.get(4) + 1
        self.vin = _read_vin(reader)
        self.propulsion = _read_propulsion(reader)
        self.time_s = reader.get(32) or None
        self.position = _read_position(reader)
        direction = reader.get(8)
        if direction != _NO_DIRECTION:
            _within("direction", direction, 0, _MOST_DIRECTION)
        self.direction_deg = None if direction == _NO_DIRECTION else direction * 2
        self.recent_1 = _read_delta(reader) if optional & 4 else None
        self.recent_2 = _read_delta(reader) if optional & 2 else None
        self.passengers = reader.get(8) if optional & 1 else None
        self.oid = _oid_of(reader.get_octets()) if additional else None
        self.data = reader.get_octets() if additional else b""


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError("%s %d: not within %d and %d" % (name, value, least, most))


def _refuse(extended: int) -> None:
    if extended:
        raise ValueError(_NOT_KNOWN)


def _read_vin(reader: BitReader) -> "str | None":
    vin = ""
    for _ in range(_VIN_LENGTH):
        number = reader.get(6)
        if number >= len(_VIN_CHARACTERS):
            raise ValueError("no character of a VIN")
        vin += _VIN_CHARACTERS[number]
    return None if vin == _NO_VIN else vin


def _read_propulsion(reader: BitReader) -> int:
    _refuse(reader.get(1))
    there = [reader.get(1) for _ in range(_PROPULSIONS)]
    propulsion = 0
    for i in range(_PROPULSIONS):
        if there[i]:  # an encoder may send FALSE, too
            propulsion |= reader.get(1) << i
    return propulsion


def _read_position(reader: BitReader) -> "Position | None":
    latitude = reader.get(32) - 0x80000000
    longitude = reader.get(32) - 0x80000000
    return None if _NO_POSITION in (latitude, longitude) else (latitude, longitude)


def _read_delta(reader: BitReader) -> "Position":
    north = reader.get(10) - 512
    return north, reader.get(10) - 512


def _oid_octets(oid: "tuple[int, ...]") -> bytes:
    """Arcs in groups of seven bits, all but the last of an arc marked."""
    octets: "list[int]" = []
    for arc in oid:
        groups = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            groups.append(arc & 0x7F | 0x80)
        octets += reversed(groups)
    return bytes(octets)


def _oid_of(octets: bytes) -> "tuple[int, ...]":
    arcs, arc = [], 0
    for octet in octets:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    if not octets or octets[-1] & 0x80:
        raise ValueError("an OID that ends early")
    return tuple(arcs)
