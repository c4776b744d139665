"""Examples: windows of eight seconds as the network gets them, and where in them complexes are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.qrs_verifier import FRAMES, OUTPUTS
from models.common.manifest import Record

from .augment import NoiseMixer, Random, unscored
from .features import FRAME, Frames, features, frames_of
from .leads import Floats, Lead, conditioned, leads_of, marked, noises
from .wide_beats import with_wide_beats

#: Samples of one output; those within 1.25 outputs of R are 1.
PAIR = 2 * FRAME
_REACH = 1.25
#: Outputs around a wide beat that weigh more, and how much: people with many are few.
_WIDE_REACH, _WIDE_WEIGHT = 8, 4.0
#: Copies of each lead with noise; windows drawn for each window's length of a lead.
_COPIES = {"mitdb": 3, "qtdb": 2, "ludb": 1, "tele": 2}
_WINDOWS = {"mitdb": 0.6, "qtdb": 0.3, "ludb": 1.5, "tele": 2.0, "noise": 2.0}
#: Probability that a lead of LUDB comes unchanged; that some beats of a copy are replaced by wide ones.
_UNCHANGED = 0.5
_WITH_WIDE_BEATS = 0.4
#: Noise without ECG: leads of each kind, and their length (samples).
_NOISE_LEADS, _NOISE_LENGTH = 6, 150_000
#: Fraction of windows in which the signal begins or ends, and frames for which its last level is held.
_TRUNCATED = 0.12
_HELD_FRAMES = 76
#: Spread (logarithm) of the scale of a window.
_SCALE = 0.25


@dataclass(frozen=True)
class Track:
    """A lead as frames, with the expected output and its weight for each pair of them."""

    kind: str
    fold: int | None
    frames: Frames
    expected: NDArray[np.float32]
    weight: NDArray[np.float32]


def load_leads(records: Sequence[Record]) -> list[Lead]:
    """Every lead of the training data."""
    return [lead for record in marked(records) for lead in leads_of(record)]


def tracks(leads: Sequence[Lead], recorded: dict[str, list[Floats]], rng: Random) -> list[Track]:
    """All leads unchanged and with new noise, and noise alone."""
    mixer = NoiseMixer({kind: [p for row in rows for p in unscored(row)] for kind, rows in recorded.items()}, rng)
    out = []
    for lead in leads:
        kind = lead.record.split("/")[0]
        if kind != "ludb" or rng.random() < _UNCHANGED:
            out.append(Track(kind, lead.fold, frames_of(conditioned(lead.mv)), *labels(lead)))
        for _ in range(_COPIES[kind]):
            changed = with_wide_beats(lead, rng) if rng.random() < _WITH_WIDE_BEATS else lead
            out.append(Track(kind, lead.fold, frames_of(conditioned(mixer.with_noise(changed))), *labels(changed)))
    for kind in recorded:
        for _ in range(_NOISE_LEADS):
            no_beats = np.zeros(_NOISE_LENGTH // PAIR, dtype=np.float32)
            frames = frames_of(conditioned(mixer.noise_only(kind, _NOISE_LENGTH)))
            out.append(Track("noise", None, frames, no_beats, np.ones_like(no_beats)))
    return out


def labels(lead: Lead) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each pair of frames whether a complex is there, and its weight: 0 where nobody marked beats."""
    n = len(lead.mv) // PAIR
    expected = np.zeros(n, dtype=np.float32)
    weight = np.zeros(n, dtype=np.float32)
    for begin, end in lead.spans:
        weight[max(0, int(begin) // PAIR) : max(0, int(end) // PAIR)] = 1
    positions = lead.beats / PAIR - 0.5
    for position in np.round(positions[lead.wide]).astype(int):
        part = slice(max(0, position - _WIDE_REACH), position + _WIDE_REACH + 1)
        weight[part] = np.where(weight[part] > 0, _WIDE_WEIGHT, 0)
    for step in (-1, 0, 1):
        at = np.round(positions).astype(int) + step
        inside = (at >= 0) & (at < n) & (np.abs(at - positions) <= _REACH)
        expected[at[inside]] = 1
    return expected, weight


def sample_windows(chosen: Sequence[Track], rng: Random) -> tuple[NDArray[np.int8], Any, Any]:
    """Windows drawn at random from tracks: inputs (n, FRAMES, 3), expected outputs and weights (n, OUTPUTS)."""
    parts: list[tuple[Frames, Any, Any]] = []
    for track in chosen:
        n = len(track.expected)
        times = n / OUTPUTS * _WINDOWS[track.kind]
        parts += [_window(track, rng) for _ in range(int(times) + int(rng.random() < times % 1))]
    frames, expected, weight = (np.stack([part[i] for part in parts]) for i in range(3))
    for i in np.flatnonzero(rng.random(len(frames)) < _TRUNCATED):
        _truncate(frames[i], expected[i], rng)
    polarity = np.where(rng.random(len(frames)) < 1 / 2, -1, 1)
    scale = np.exp(rng.normal(0, _SCALE, (len(frames), 1, 1)))
    return features(frames, polarity, scale), expected, weight


def _window(track: Track, rng: Random) -> tuple[Frames, Any, Any]:
    """One window; a track shorter than that lies anywhere in it, silent before and after."""
    n = len(track.expected)
    if n >= OUTPUTS:
        at = int(rng.integers(0, n - OUTPUTS + 1))
        part = slice(at, at + OUTPUTS)
        return track.frames[2 * at : 2 * at + FRAMES], track.expected[part], track.weight[part]
    at = int(rng.integers(0, OUTPUTS - n))
    frames = np.zeros((FRAMES, 2), dtype=np.int32)
    frames[2 * at : 2 * (at + n)] = track.frames[: 2 * n]
    expected, weight = (np.zeros(OUTPUTS, dtype=np.float32) for _ in range(2))
    expected[at : at + n] = track.expected
    weight[at : at + n] = track.weight
    return frames, expected, weight


def _truncate(frames: Frames, expected: NDArray[np.float32], rng: Random) -> None:
    """Have the signal begin somewhere in a window, or end a second before its end: the device holds its level then."""
    if rng.random() < 2 / 3:
        at = int(rng.integers(0, FRAMES * 3 // 4)) // 2 * 2
        frames[:at, 0] = frames[at, 0]
        frames[: at + 1, 1] = 0
        expected[: at // 2] = 0
    else:
        frames[-_HELD_FRAMES:, 0] = frames[-_HELD_FRAMES - 1, 0]
        frames[-_HELD_FRAMES:, 1] = 0
        expected[-_HELD_FRAMES // 2 :] = 0


def load_leads_and_noise(records: Sequence[Record]) -> tuple[list[Lead], dict[str, list[Floats]]]:
    """Leads and noise, read once."""
    return load_leads(records), noises(records)
