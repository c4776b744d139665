"""Examples: windows of eight seconds as the network sees them, and where in them complexes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.qrs_verifier import FRAMES, OUTPUTS
from models.common.manifest import Record

from .augment import Disturber, Random, unscored
from .features import FRAME, Frames, features, frames_of
from .leads import Floats, Lead, conditioned, leads_of, marked, noises
from .wide_beats import with_wide_beats

#: Answers about as many samples; a complex is within 1.25 answers of R.
PAIR = 2 * FRAME
_NEAR = 1.25
#: Answers about a wide beat that count more, and how much: people with many are few.
_WIDE_REACH, _WIDE_WEIGHT = 8, 4.0
#: Disturbed copies of each lead; drawings of a window for each window's length of a lead.
_COPIES = {"mitdb": 3, "qtdb": 2, "ludb": 1, "tele": 2}
_DRAWN = {"mitdb": 0.6, "qtdb": 0.3, "ludb": 1.5, "tele": 2.0, "noise": 2.0}
#: Chance that a lead of LUDB comes as it is; that some beats of a copy are replaced by wide ones.
_AS_IT_IS = 0.5
_WIDENED = 0.4
#: Noise without a heart: leads of each kind, and their length (samples).
_EMPTY_LEADS, _EMPTY_LENGTH = 6, 150_000
#: Share of windows in which the signal begins or ends, and frames for which its last level is held.
_CUT = 0.12
_HELD = 76
#: Spread (logarithm) of the scale of a window.
_SCALE = 0.25


@dataclass(frozen=True)
class Track:
    """A lead as frames, with an answer and its weight for each pair of them."""

    kind: str
    fold: int | None
    frames: Frames
    wanted: NDArray[np.float32]
    weight: NDArray[np.float32]


def all_leads(records: Sequence[Record]) -> list[Lead]:
    """Every lead that is learned from."""
    return [lead for record in marked(records) for lead in leads_of(record)]


def tracks(leads: Sequence[Lead], recorded: dict[str, list[Floats]], rng: Random) -> list[Track]:
    """All leads as they are and disturbed anew, and noise alone."""
    disturber = Disturber({kind: [p for row in rows for p in unscored(row)] for kind, rows in recorded.items()}, rng)
    out = []
    for lead in leads:
        kind = lead.record.split("/")[0]
        if kind != "ludb" or rng.random() < _AS_IT_IS:
            out.append(Track(kind, lead.fold, frames_of(conditioned(lead.mv)), *labels(lead)))
        for _ in range(_COPIES[kind]):
            changed = with_wide_beats(lead, rng) if rng.random() < _WIDENED else lead
            out.append(Track(kind, lead.fold, frames_of(conditioned(disturber.disturbed(changed))), *labels(changed)))
    for kind in recorded:
        for _ in range(_EMPTY_LEADS):
            nothing = np.zeros(_EMPTY_LENGTH // PAIR, dtype=np.float32)
            frames = frames_of(conditioned(disturber.alone(kind, _EMPTY_LENGTH)))
            out.append(Track("noise", None, frames, nothing, np.ones_like(nothing)))
    return out


def labels(lead: Lead) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each pair of frames whether a complex is there, and how much that counts: 0 where nobody looked."""
    n = len(lead.mv) // PAIR
    wanted = np.zeros(n, dtype=np.float32)
    weight = np.zeros(n, dtype=np.float32)
    for begin, end in lead.spans:
        weight[max(0, int(begin) // PAIR) : max(0, int(end) // PAIR)] = 1
    places = lead.beats / PAIR - 0.5
    for place in np.round(places[lead.wide]).astype(int):
        part = slice(max(0, place - _WIDE_REACH), place + _WIDE_REACH + 1)
        weight[part] = np.where(weight[part] > 0, _WIDE_WEIGHT, 0)
    for step in (-1, 0, 1):
        at = np.round(places).astype(int) + step
        inside = (at >= 0) & (at < n) & (np.abs(at - places) <= _NEAR)
        wanted[at[inside]] = 1
    return wanted, weight


def drawn(chosen: Sequence[Track], rng: Random) -> tuple[NDArray[np.int8], Any, Any]:
    """Windows drawn at random from tracks: inputs (n, FRAMES, 3), wanted answers and weights (n, OUTPUTS)."""
    parts: list[tuple[Frames, Any, Any]] = []
    for track in chosen:
        n = len(track.wanted)
        times = n / OUTPUTS * _DRAWN[track.kind]
        parts += [_window(track, rng) for _ in range(int(times) + int(rng.random() < times % 1))]
    frames, wanted, weight = (np.stack([part[i] for part in parts]) for i in range(3))
    for i in np.flatnonzero(rng.random(len(frames)) < _CUT):
        _cut(frames[i], wanted[i], rng)
    turned = np.where(rng.random(len(frames)) < 1 / 2, -1, 1)
    scale = np.exp(rng.normal(0, _SCALE, (len(frames), 1, 1)))
    return features(frames, turned, scale), wanted, weight


def _window(track: Track, rng: Random) -> tuple[Frames, Any, Any]:
    """One window; a track shorter than that lies anywhere in it, silent before and after."""
    n = len(track.wanted)
    if n >= OUTPUTS:
        at = int(rng.integers(0, n - OUTPUTS + 1))
        part = slice(at, at + OUTPUTS)
        return track.frames[2 * at : 2 * at + FRAMES], track.wanted[part], track.weight[part]
    at = int(rng.integers(0, OUTPUTS - n))
    frames = np.zeros((FRAMES, 2), dtype=np.int32)
    frames[2 * at : 2 * (at + n)] = track.frames[: 2 * n]
    wanted, weight = (np.zeros(OUTPUTS, dtype=np.float32) for _ in range(2))
    wanted[at : at + n] = track.wanted
    weight[at : at + n] = track.weight
    return frames, wanted, weight


def _cut(frames: Frames, wanted: NDArray[np.float32], rng: Random) -> None:
    """Have the signal begin somewhere in a window, or end a second before its end: the device holds its level then."""
    if rng.random() < 2 / 3:
        at = int(rng.integers(0, FRAMES * 3 // 4)) // 2 * 2
        frames[:at, 0] = frames[at, 0]
        frames[: at + 1, 1] = 0
        wanted[: at // 2] = 0
    else:
        frames[-_HELD:, 0] = frames[-_HELD - 1, 0]
        frames[-_HELD:, 1] = 0
        wanted[-_HELD // 2 :] = 0


def material(records: Sequence[Record]) -> tuple[list[Lead], dict[str, list[Floats]]]:
    """Leads and noise, read once."""
    return all_leads(records), noises(records)
