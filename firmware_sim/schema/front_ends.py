"""Writes one file of constants a front end, for firmware, models and tools."""

from __future__ import annotations

from .model import Schema, Stream

_HEAD = '''"""Front end of the {sensor} sensor. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const

'''

#: What 1e-3 of a unit is called.
_MILLI = {"mv": "UV", "g": "MG"}


def _scale(s: Stream, prefix: str) -> list[tuple[str, int, str]]:
    """Scale of one stream: name, number, comment."""
    numbers = [(f"{prefix}LSB_NANO", s.lsb_nano, f"one count in 1e-9 of the unit ({s.unit})")]
    if s.full_scale_milli:
        milli = _MILLI.get(s.unit, f"MILLI_{s.unit.upper()}")
        q15 = (s.full_scale_milli << 15) // (s.gain * ((1 << s.bits - 1) - 1))
        numbers += [
            (f"{prefix}GAIN", s.gain, ""),
            (f"{prefix}BITS", s.bits, "of the converter, signed"),
            (f"{prefix}FULL_SCALE_{milli}", s.full_scale_milli, "before the gain"),
            (f"{prefix}{milli}_PER_COUNT_Q15", q15, "rounded down"),
        ]
    return numbers


def constants(schema: Schema, sensor: str) -> list[tuple[str, int, str]]:
    """Constants of a sensor: name, number, comment; those of a stream have its name where the sensor has several."""
    streams = [s for s in schema.streams if s.sensor == sensor]
    rate = streams[0].rate_mhz
    numbers = [("RATE_HZ", rate // 1000, "")] if rate % 1000 == 0 else []
    numbers += [
        ("RATE_MHZ", rate, ""),
        ("PERIOD_US", 1_000_000_000 // rate, ""),
        ("BLOCK", streams[0].block, "samples"),
    ]
    for s in streams:
        numbers += _scale(s, f"{s.name.upper()}_" if len(streams) > 1 else "")
    return numbers


def sensors(schema: Schema) -> list[str]:
    """Names of the sensors, in order."""
    return list(dict.fromkeys(s.sensor for s in schema.streams))


def render(schema: Schema, sensor: str) -> str:
    """Text of firmware/frontends/SENSOR_gen.py."""
    lines = [
        f"{name} = const({number:_})" + (f"  # {comment}" if comment else "")
        for name, number, comment in constants(schema, sensor)
    ]
    return _HEAD.format(sensor=sensor) + "\n".join(lines) + "\n"
