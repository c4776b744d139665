"""What a channel is, by its name."""

from __future__ import annotations

import re
from itertools import pairwise
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
_ECG_WORD = re.compile(r"(?:ecg|ekg|экг|心電図|心电图)\d*|ele(?:c|k|t)t?ro[ck]ard\w*")
_NO_ECG = {"hr", "rate", "rr", "quality", "status", "impedance", "resp", "respiration", "time", "marker", "trigger"}
_LIGHT_FILLER = {"ppg", "pleth", "led", "raw", "light", "adc", "max30102"}
_LIGHT: dict[str, Role] = {"red": "red", "ir": "ir", "infrared": "ir", "green": "green", "grn": "green"}
_PLETH = re.compile(r"(?:pleth|ppg|bvp|pulseox)\w*")
#: Words for a sensor in names of axes; `gFx` is what Physics Toolbox writes.
_ACCEL_WORDS = {"a", "acc", "accel", "acceleration", "accelerometer", "accelerations", "gforce", "tacc"}
_TURN_WORDS = {"gyr", "gyro", "gyroscope", "rotation", "rotationrate", "turnrate", "angularvelocity", "angularrate"}
#: Axes of something else, though a word for a sensor may stand beside.
_NO_MOTION = {"gravity", "mag", "magnetometer", "magnetic", "quaternion", "quat", "orientation", "euler", "attitude",
              "bias", "offset", "variance", "std", "mean"}  # fmt: skip
_AXIS_UNITS = {"g", "mg", "ms2", "mps2", "dps", "rads", "degs", "raw"}
_AXIS_FILLER = {"axis"}
#: A longer name is none: looking for words in it would take its time.
LONGEST_NAME = 200
_SKIN = re.compile(r"skin[\s_.-]*t(?:emp(?:erature)?)?|t(?:emp(?:erature)?)?[\s_.-]*skin")


def role_of(name: str) -> Role | None:
    """The role of a channel name, None for a name that says nothing; case does not matter."""
    if len(name) > LONGEST_NAME:
        return None
    plain = re.sub(r"[(\[].*?[)\]]", "", name).strip().lower()
    motion = _motion_role(name)
    if motion is not None:
        return motion
    if plain == "speed":
        return "speed"
    if _SKIN.fullmatch(plain):
        return "skin"
    tokens = [token for token in re.split(r"[\s_.:,;+/-]+", plain) if token]
    return _light_role(tokens) or _ecg_role(plain, tokens)


def axis_of(name: str) -> str | None:
    """The axis of a name that is nothing but one (`x`, `Y-axis`), None for others."""
    words = [word for word in _words(name) if word not in _AXIS_FILLER]
    return words[0] if len(words) == 1 and words[0] in ("x", "y", "z") else None


def is_linear(name: str) -> bool:
    """Whether a name says that gravity was taken out of an acceleration."""
    return bool({"linear", "user", "lin"}.intersection(_words(name)))


def _motion_role(name: str) -> Role | None:
    """An axis at either end of a name with a word for its sensor in it; a unit may stand behind."""
    words = [word for word in _words(name) if word not in _AXIS_FILLER]
    if len(words) > 2 and words[-1] in _AXIS_UNITS:
        words.pop()
    if len(words) < 2 or _NO_MOTION.intersection(words):
        return None
    axis = next((words[end] for end in (-1, 0) if words[end] in ("x", "y", "z")), None)
    if axis is None:
        return None
    index = "xyz".index(axis)
    said = {*words, *("".join(pair) for pair in pairwise(words))}
    if _TURN_WORDS.intersection(said) or ("g" in said and len(words) == 2):
        return TURN_ROLES[index]
    return ACCEL_ROLES[index] if _ACCEL_WORDS.intersection(said) else None


def _words(name: str) -> list[str]:
    """Words of a name in lower case, split at marks, where small letters become capitals, and before a last axis."""
    if len(name) > LONGEST_NAME:
        return []
    plain = re.sub(r"[(\[].*?[)\]]", "", name)
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\bgF(?=[xyz]\b)", "gforce ", plain))
    words = [word.lower() for word in re.split(r"[\s_.:,;+/-]+", plain) if word]
    separate: list[str] = []
    for word in words:
        sensor, axis = word[:-1], word[-1:]
        fused = axis in ("x", "y", "z") and (sensor in _ACCEL_WORDS or sensor in {"g", *_TURN_WORDS})
        separate += [sensor, axis] if fused else [word]
    return separate


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
