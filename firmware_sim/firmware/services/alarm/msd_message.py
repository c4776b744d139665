"""What an alarm says to an emergency centre: an eCall's minimum set of data with the vitals, one message of octets."""

from micropython import const

from .incident import (
    HAPPENED_S,
    LATITUDE_MAS,
    LONGITUDE_MAS,
    PEAK_DG,
    POSITION_AGE_S,
    PULSE_BPM,
    SPEED_KMH,
    SPO2_PERCENT,
    TREND,
    VITALS_AGE_S,
    Incident,
)
from .msd import Msd
from .states import SOS
from .vitals_data import FIELDS, OID, VitalsData

#: s: an older position is none of now that a rescuer may rely on.
_TRUSTED_S = const(10)
#: Facts by their names in the vitals.
_FACTS = (
    ("pulse", PULSE_BPM), ("spo2", SPO2_PERCENT), ("vitals_age", VITALS_AGE_S), ("pulse_trend", TREND),
    ("speed_before", SPEED_KMH), ("peak", PEAK_DG), ("position_age", POSITION_AGE_S),
)  # fmt: skip


class MsdMessage:
    """Writes them; `msd` is the last one."""

    def __init__(self) -> None:
        self.msd = Msd()
        self._vitals = VitalsData()

    def octets(self, incident: Incident, repeated: bool) -> bytes:
        """The message of an alarm, 140 octets at most; what is out of a field's range is its nearest."""
        msd, facts = self.msd, incident.facts
        latitude, longitude, age = facts[LATITUDE_MAS], facts[LONGITUDE_MAS], facts[POSITION_AGE_S]
        msd.identifier = 2 if repeated else 1
        msd.automatic = incident.kind != SOS
        msd.time_s = facts[HAPPENED_S]
        msd.position = None if latitude is None or longitude is None else (latitude, longitude)
        msd.trusted = msd.position is not None and age is not None and age <= _TRUSTED_S
        values = {"severity": incident.severity}
        for name, fact in _FACTS:
            value = facts[fact]
            if value is not None:
                values[name] = value
        for name, least, most in FIELDS:
            if name in values:
                values[name] = max(least, min(values[name], most))
        msd.oid, msd.data = OID, self._vitals.write(values)  # type: ignore[arg-type]
        return msd.encode()
