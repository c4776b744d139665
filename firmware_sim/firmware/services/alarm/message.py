"""What an alarm says: one short message of 160 characters of GSM-7, for people; the least important part goes first."""

from micropython import const

from ...clock import from_unix_ms
from .gsm7 import septets_of
from .incident import (
    HAPPENED_S,
    LATITUDE_MAS,
    LONGITUDE_MAS,
    POSITION_AGE_S,
    PULSE_BPM,
    SPEED_KMH,
    SPO2_PERCENT,
    TREND,
    VITALS_AGE_S,
    Incident,
)
from .states import SOS

_ROOM = const(160)
_LONGEST_NAME = const(24)
_MAS_PER_UNIT = const(36)  # of 1e-5 degree
_OLD_S = const(10)  # vitals that are no more of now
_STEADY = const(8)  # bpm a minute: rest itself varies by less


def alarm_text(incident: Incident, name: str, repeated: bool) -> str:
    """Somebody needs help; `repeated`: this one may be the second."""
    facts = incident.facts
    who = _gsm7(name) or "The wearer"
    text = "ALARM %d%s: %s %s" % (
        incident.number,
        " (repeated)" if repeated else "",
        who,
        "calls for help" if incident.kind == SOS else "may have had an accident (%d of 4)" % incident.severity,
    )
    speed = facts[SPEED_KMH]
    parts = [_position(facts), _vitals(facts), _time(facts[HAPPENED_S]), "" if speed is None else "%d km/h" % speed]
    return _joined(text, parts)


def retraction_text(incident: Incident, name: str, repeated: bool) -> str:
    """It was none."""
    who = _gsm7(name) or "the wearer"
    again = " (repeated)" if repeated else ""
    number = incident.number - (incident.owed_back if incident.owed else 0)
    return "ALARM %d%s: cancelled by %s. False alarm, no help is needed." % (number, again, who)


def _position(facts: "list[int | None]") -> str:
    latitude, longitude = facts[LATITUDE_MAS], facts[LONGITUDE_MAS]
    if latitude is None or longitude is None:
        return "position not known"
    text = "https://maps.google.com/?q=%s,%s" % (_degrees(latitude), _degrees(longitude))
    age = facts[POSITION_AGE_S]
    return text if age is None else "%s %d s ago" % (text, age)


def _degrees(mas: int) -> str:
    units = (abs(mas) + _MAS_PER_UNIT // 2) // _MAS_PER_UNIT
    return "%s%d.%05d" % ("-" if mas < 0 and units else "", units // 100_000, units % 100_000)


def _time(happened_s: "int | None") -> str:
    if happened_s is None:
        return "time not known"
    year, month, day, _, hour, minute, _, _ = from_unix_ms(happened_s * 1000)
    return "%04d-%02d-%02d %02d:%02d UTC" % (year, month, day, hour, minute)


def _vitals(facts: "list[int | None]") -> str:
    pulse, spo2, trend, age = facts[PULSE_BPM], facts[SPO2_PERCENT], facts[TREND], facts[VITALS_AGE_S]
    text = "pulse not known" if pulse is None else "pulse %d" % pulse
    if pulse is not None and trend is not None and abs(trend) >= _STEADY:
        text += " rising" if trend > 0 else " falling"
    if spo2 is not None:
        text += ", SpO2 %d%%" % spo2
    is_old = age is not None and age >= _OLD_S and not (pulse is None and spo2 is None)
    return "%s %d s ago" % (text, age or 0) if is_old else text


def _gsm7(name: str) -> str:
    """What of a name the alphabet has, cut to 24 characters."""
    return "".join([character for character in name if 0 <= septets_of(character) < 128])[:_LONGEST_NAME].strip()


def _joined(text: str, parts: "list[str]") -> str:
    """Parts with commas between them, as far as they fit."""
    for part in parts:
        if part and len(text) + 2 + len(part) <= _ROOM:
            text += ", " + part
    return text
