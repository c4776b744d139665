"""The wearer's state in the optional additional data of an MSD: what happened, and the vitals, unaligned PER."""

from .per import BitReader, BitWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable

#: Fields in order: name, least and most value; each may be absent. Severity 0 to 4, bpm, %, breaths/min, age of the
#: vitals in s, change of the pulse in bpm/min, speed before in km/h, peak in 0.1 g, age of the position in s.
FIELDS = (
    ("severity", 0, 7),
    ("pulse", 0, 511),
    ("spo2", 0, 100),
    ("respiration", 0, 127),
    ("vitals_age", 0, 4095),
    ("pulse_trend", -128, 127),
    ("speed_before", 0, 511),
    ("peak", 0, 4095),
    ("position_age", 0, 65535),
)
#: Relative OID of such data: the example of the standard, and nobody's registered one.
OID = (1, 2, 125)
_LONGEST = 16


class VitalsData:
    """Writes and reads such data."""

    def __init__(self) -> None:
        self._writer = BitWriter(_LONGEST)
        self._reader = BitReader()

    def write(self, values: "dict[str, int | None]") -> bytes:
        """Encode fields by name; ValueError for a name that there is not, or a value out of range."""
        for name in values:
            if name not in [field[0] for field in FIELDS]:
                raise ValueError("no field %r of vitals" % name)
        writer = self._writer
        writer.begin()
        writer.put(0, 1)
        for name, _, _ in FIELDS:
            writer.put(0 if values.get(name) is None else 1, 1)
        for name, least, most in FIELDS:
            value = values.get(name)
            if value is None:
                continue
            if not least <= value <= most:
                raise ValueError("%s %d: not within %d and %d" % (name, value, least, most))
            writer.put(value - least, _bits(most - least))
        return bytes(writer.data[: writer.octets])

    def read(self, data: "Readable") -> "dict[str, int]":
        """Fields that are there; ValueError where it is malformed. What a later version adds is left out."""
        reader = self._reader
        reader.begin(data)
        reader.get(1)
        names = [field[0] for field in FIELDS if reader.get(1)]
        values = {}
        for name, least, most in FIELDS:
            if name in names:
                value = reader.get(_bits(most - least)) + least
                if value > most:
                    raise ValueError("%s %d: not within %d and %d" % (name, value, least, most))
                values[name] = value
        return values


def _bits(width: int) -> int:
    """Bits of a number from 0 to `width`."""
    bits = 0
    while width >> bits:
        bits += 1
    return bits
