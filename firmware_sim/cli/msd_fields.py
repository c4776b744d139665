"""An MSD as a JSON object, and back: degrees, ISO times, and names for numbers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from ..firmware.services.alarm.msd import Msd
from ..firmware.services.alarm.vitals_data import OID, VitalsData

VEHICLE_TYPES = ("M1", "M2", "M3", "N1", "N2", "N3", "L1e", "L2e", "L3e", "L4e", "L5e", "L6e", "L7e")
PROPULSIONS = ("gasoline", "diesel", "natural_gas", "propane", "electric", "hydrogen", "other")
_MAS = 3_600_000
_PLAIN = {"identifier": int, "automatic": bool, "test": bool, "trusted": bool, "vin": str, "passengers": int}
_OTHER = (
    "vehicle_type", "propulsion", "time", "latitude", "longitude", "direction_deg", "recent_1", "recent_2", "oid",
    "data", "vitals",
)  # fmt: skip


def decoded(data: bytes) -> dict[str, Any]:
    """The fields of a message; ValueError where it is malformed."""
    msd = Msd()
    msd.decode(data)
    latitude, longitude = msd.position or (None, None)
    fields: dict[str, Any] = {name: getattr(msd, name) for name in _PLAIN}
    fields |= {
        "vehicle_type": VEHICLE_TYPES[msd.vehicle_type - 1],
        "propulsion": [name for i, name in enumerate(PROPULSIONS) if msd.propulsion >> i & 1],
        "time": None if msd.time_s is None else datetime.fromtimestamp(msd.time_s, timezone.utc).isoformat(),
        "latitude": None if latitude is None else latitude / _MAS,
        "longitude": None if longitude is None else longitude / _MAS,
        "direction_deg": msd.direction_deg,
        "recent_1": None if msd.recent_1 is None else list(msd.recent_1),
        "recent_2": None if msd.recent_2 is None else list(msd.recent_2),
        "oid": None if msd.oid is None else ".".join(map(str, msd.oid)),
    }
    if msd.oid == OID:
        fields["vitals"] = VitalsData().read(msd.data)
    elif msd.oid is not None:
        fields["data"] = msd.data.hex()
    return fields


def encoded(text: str) -> bytes:
    """The message of a JSON object as `decoded` gives it, any field left out; ValueError that says what is wrong."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    for name in fields:
        if name not in _PLAIN and name not in _OTHER:
            raise ValueError(f"no field {name!r} of an MSD; there are {', '.join((*_PLAIN, *_OTHER))}")
    fields = {name: value for name, value in fields.items() if value is not None}
    msd = Msd()
    for name, kind in _PLAIN.items():
        if name in fields:
            setattr(msd, name, _of_kind(name, fields[name], kind))
    _set_vehicle(msd, fields)
    _set_position(msd, fields)
    _set_data(msd, fields)
    return msd.encode()


def _of_kind(name: str, value: object, kind: type) -> Any:
    """A value of this type, of which bool is no int."""
    if type(value) is not kind:
        raise ValueError(f"{name} {value!r} is no {kind.__name__}")
    return value


def _index(name: str, value: object, known: tuple[str, ...]) -> int:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} {value!r}; there are {', '.join(known)}")
    return known.index(value)


def _set_vehicle(msd: Msd, fields: dict[str, Any]) -> None:
    if "vehicle_type" in fields:
        msd.vehicle_type = _index("vehicle_type", fields["vehicle_type"], VEHICLE_TYPES) + 1
    for name in _of_kind("propulsion", fields.get("propulsion", []), list):
        msd.propulsion |= 1 << _index("propulsion", name, PROPULSIONS)
    if "time" in fields:
        msd.time_s = _time(_of_kind("time", fields["time"], str))


def _time(text: str) -> int:
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"time {text!r} is no ISO 8601 time") from None
    return round((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp())


def _set_position(msd: Msd, fields: dict[str, Any]) -> None:
    there = [name for name in ("latitude", "longitude") if name in fields]
    if len(there) == 1:
        raise ValueError("latitude and longitude belong together: one is missing (latitude, longitude)")
    if there:
        latitude, longitude = (round(_number(name, fields[name]) * _MAS) for name in there)
        msd.position = latitude, longitude
    if "direction_deg" in fields:
        msd.direction_deg = _of_kind("direction_deg", fields["direction_deg"], int)
    for name in ("recent_1", "recent_2"):
        if name in fields:
            delta = _of_kind(name, fields[name], list)
            if len(delta) != 2:
                raise ValueError(f"{name} {delta!r}: not two numbers")
            setattr(msd, name, (_of_kind(name, delta[0], int), _of_kind(name, delta[1], int)))


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 180:
        raise ValueError(f"{name} {value!r} is no angle in degrees")
    return float(value)


def _set_data(msd: Msd, fields: dict[str, Any]) -> None:
    if "vitals" in fields:
        vitals = _of_kind("vitals", fields["vitals"], dict)
        msd.oid = OID
        msd.data = VitalsData().write({name: _of_kind(name, value, int) for name, value in vitals.items()})
    elif "oid" in fields:
        oid = _of_kind("oid", fields["oid"], str)
        if not all(arc.isdecimal() for arc in oid.split(".")):
            raise ValueError(f"oid {oid!r} is no OID")
        msd.oid = tuple(int(arc) for arc in oid.split("."))
        msd.data = octets_of(_of_kind("data", fields.get("data", ""), str))


def octets_of(text: str) -> bytes:
    """Octets in hexadecimal, blanks between them or not; ValueError else."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError(f"{text!r} is not hexadecimal") from None
