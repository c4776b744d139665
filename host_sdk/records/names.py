"""What a channel is, by its name."""

from __future__ import annotations

import re
from typing import Literal

Role = Literal[
    "ecg", "pleth", "red", "ir", "green", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z", "speed", "skin"
]  # fmt: skip

ACCEL_ROLES: tuple[Role, ...] = ("acc_x", "acc_y", "acc_z")
TURN_ROLES: tuple[Role, ...] = ("gyr_x", "gyr_y", "gyr_z")
LIGHT_ROLES: tuple[Role, ...] = ("red", "ir", "pleth", "green")

#: Standard 12 leads, Holter and monitor leads (MLII, MCL1, CM5, CC5, CS1, CB5, ML5, D3, modified V1), Frank leads.
_LEAD = re.compile(r"d?i{1,3}|m?li{1,3}|av[rlf]|v\d{0,2}r?|v[xyz]|ml\d|mcl\d?|mv\d|c[mcsbrh]\d|d\d|(?:ecg|ekg)\d*")
_FILLER = {"lead", "mod", "modified", "derivation", "channel"}
#: EASI leads, whose names fall apart at the hyphen.
_WHOLE = {"e-s", "a-s", "a-i"}
#: Pairs of limb electrodes are leads; a word that says ECG decides, unless another says what is made of it.
_ELECTRODES = {("ra", "la"), ("la", "ra"), ("ra", "ll"), ("ll", "ra"), ("la", "ll"), ("ll", "la")}
_ECG_WORD = re.compile(r"(?:ecg|ekg)\d*")
_NO_ECG = {"hr", "rate", "rr", "quality", "status", "impedance", "resp", "respiration", "time", "marker", "trigger"}
_LIGHT_FILLER = {"ppg", "pleth", "led", "raw", "light", "adc", "max30102"}
_LIGHT: dict[str, Role] = {"red": "red", "ir": "ir", "infrared": "ir", "green": "green", "grn": "green"}
_PLETH = re.compile(r"(?:pleth|ppg|bvp|pulseox)\w*")
_MOTION = re.compile(r"(?P<kind>acc|accel|acceleration|accelerometer|a|gyr|gyro|gyroscope|g)[\s_.-]*(?P<axis>[xyz])")
_SKIN = re.compile(r"skin[\s_.-]*t(?:emp(?:erature)?)?|t(?:emp(?:erature)?)?[\s_.-]*skin")


def role_of(name: str) -> Role | None:
    """The role of a channel name, None for a name that says nothing; case does not matter."""
    plain = re.sub(r"[(\[].*?[)\]]", "", name).strip().lower()
    motion = _MOTION.fullmatch(plain)
    if motion:
        return _motion_role(motion["kind"], motion["axis"])
    if plain == "speed":
        return "speed"
    if _SKIN.fullmatch(plain):
        return "skin"
    tokens = [token for token in re.split(r"[\s_.:,;+/-]+", plain) if token]
    return _light_role(tokens) or _ecg_role(plain, tokens)


def _motion_role(kind: str, axis: str) -> Role:
    index = "xyz".index(axis)
    return ACCEL_ROLES[index] if kind.startswith("a") else TURN_ROLES[index]


def _light_role(tokens: list[str]) -> Role | None:
    known = [token for token in tokens if token not in _LIGHT_FILLER]
    if len(known) == 1 and known[0] in _LIGHT:
        return _LIGHT[known[0]]
    return "pleth" if tokens and _PLETH.fullmatch(tokens[0]) else None


def _ecg_role(plain: str, tokens: list[str]) -> Role | None:
    if plain in _WHOLE or tuple(tokens) in _ELECTRODES:
        return "ecg"
    if any(_ECG_WORD.fullmatch(token) for token in tokens) and not _NO_ECG.intersection(tokens):
        return "ecg"
    known = [token for token in tokens if token not in _FILLER]
    return "ecg" if known and all(_LEAD.fullmatch(token) for token in known) else None
