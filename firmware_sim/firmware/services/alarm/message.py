"""What an alarm says: one short message of 160 characters of GSM-7, for people; the least important part goes first.

Each part has a line of its own, so that the link to the map ends where it ends.
"""

from micropython import const

from ...clock import from_unix_ms
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
from .latin import in_gsm7
from .states import BY_HOST, SOS

_ROOM = const(160)
_LONGEST_NAME = const(24)
_MAS_PER_UNIT = const(36)  # of 1e-5 degree
_OLD_S = const(10)  # vitals that are no more of now
_STEADY = const(8)  # bpm a minute: rest itself varies by less
_OLDEST_S = const(65535)  # an age that is more, too
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
#: By severity: the impact in words.
_IMPACTS = ("", " (light impact)", " (hard impact)", " (very hard impact)", " (extreme impact)")


def alarm_text(incident: Incident, name: str, repeated: bool) -> str:
    """Somebody needs help; `repeated`: this one may be the second."""
    facts = incident.facts
    text = "ALARM %d%s: %s %s" % (
        incident.number,
        " (repeated)" if repeated else "",
        _name(name) or "The wearer",
        "calls for help" if incident.kind == SOS else "may have had an accident" + _IMPACTS[incident.severity],
    )
    speed = facts[SPEED_KMH]
    rode = "" if speed is None else "%d km/h before" % speed
    return _joined(text, [_position(facts), _vitals(facts), _time(facts[HAPPENED_S]), rode])


def retraction_text(incident: Incident, name: str, repeated: bool) -> str:
    """It was none."""
    who = _name(name) or "the wearer"
    return "ALARM %d%s: cancelled %s. False alarm, no help is needed." % (
        incident.number - (incident.owed_back if incident.owed else 0),
        " (repeated)" if repeated else "",
        "from the phone or computer of " + who if incident.cancelled_by == BY_HOST else "with the button by " + who,
    )


def _position(facts: "list[int | None]") -> str:
    latitude, longitude = facts[LATITUDE_MAS], facts[LONGITUDE_MAS]
    if latitude is None or longitude is None:
        return "position not known"
    age = _ago(facts[POSITION_AGE_S])
    return "https://maps.google.com/?q=%s,%s %s" % (_degrees(latitude), _degrees(longitude), age)


def _ago(age_s: "int | None") -> str:
    if age_s is None:
        return "at an unknown time"
    if age_s >= _OLDEST_S:
        return "over 18 h ago"
    if age_s >= 7200:
        return "%d h ago" % (age_s // 3600)
    return "%d min ago" % (age_s // 60) if age_s >= 120 else "%d s ago" % age_s


def _degrees(mas: int) -> str:
    units = (abs(mas) + _MAS_PER_UNIT // 2) // _MAS_PER_UNIT
    return "%s%d.%05d" % ("-" if mas < 0 and units else "", units // 100_000, units % 100_000)


def _time(happened_s: "int | None") -> str:
    if happened_s is None:
        return "time not known"
    _, month, day, _, hour, minute, _, _ = from_unix_ms(happened_s * 1000)
    return "%d %s %02d:%02d UTC" % (day, _MONTHS[3 * month - 3 : 3 * month], hour, minute)


def _vitals(facts: "list[int | None]") -> str:
    pulse, spo2, trend, age = facts[PULSE_BPM], facts[SPO2_PERCENT], facts[TREND], facts[VITALS_AGE_S]
    text = "pulse not known" if pulse is None else "pulse %d/min" % pulse
    if pulse is not None and trend is not None and abs(trend) >= _STEADY:
        text += " rising" if trend > 0 else " falling"
    if spo2 is not None:
        text += ", SpO2 %d%%" % spo2
    is_of_now = age is not None and age < _OLD_S
    return text if is_of_now or (pulse is None and spo2 is None) else "%s %s" % (text, _ago(age))


def _name(name: str) -> str:
    return in_gsm7(name)[:_LONGEST_NAME].strip()


def _joined(text: str, parts: "list[str]") -> str:
    """Lines, as far as they fit."""
    for part in parts:
        if part and len(text) + 1 + len(part) <= _ROOM:
            text += "\n" + part
    return text
