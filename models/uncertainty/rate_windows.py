"""Heart rates of windows as the device reads them, against beats that others found.

MIT-BIH, clean and in noise, by networks that never saw the person where those of its fold are in `build/`, and BIDMC,
which no network ever saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from unittest.mock import patch

import numpy as np

from firmware_sim.firmware.dsp.ecg import intervals as dsp_intervals
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.firmware.networks.loading import load_all
from firmware_sim.firmware.networks.sliced import SlicedNetwork
from firmware_sim.firmware.nn import load
from models.common.feeding import feed
from models.common.manifest import Manifest, data_root
from models.common.people import fold_of, person_of
from models.ecg_delineator import paths as delineator_paths
from models.evaluation.ecg.datasets.annotations import Annotations, beats, fibrillation, flutter, read_annotations
from models.evaluation.ecg.leads import LSB_MV, RATE, FloatArray, read_channel, to_counts
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, signal_amplitude
from models.evaluation.ecg.truth import Spans
from models.evaluation.ppg.datasets import open_dataset
from models.evaluation.ppg.datasets.bidmc import Bidmc
from models.evaluation.ppg.uncertainty import HZ, Person
from models.qrs_evidence import paths as evidence_paths
from models.qrs_evidence.choose_data import FOLDS
from models.qrs_evidence.leads import noises

from .windows import CLEAN

#: Noise that is added, as `nst` has it, and seconds of a recording of MIT-BIH that are read.
NOISE = ("em", 6.0)
_READ_S = 600.0
#: Beats so near to an end of a window may belong to either side of it, s.
_EDGE_S = 0.15
#: A longer RR interval is a pause, and no rate.
_LONGEST_RR_S = 3.0
#: Rhythms of windows, by what is marked in them.
FIBRILLATION, ECTOPIC, REGULAR = "atrial fibrillation", "ectopic or paced beats", "all beats normal"
INTENSIVE_CARE = "intensive care"
_NORMAL = frozenset("NLR")
_SEED = 5
#: Whether a network had learned from these people; or there was none.
LEARNED, NEVER_SEEN, RULES = "networks learned from it", "never seen", "rules without networks"


@dataclass(frozen=True)
class RateAnswer:
    """The heart rate and RR of one window: what the device knew of it (see dsp/ecg/uncertainty.py), and the errors.

    `known` is how uneven RR is (%), what it lacks of a quality of 100, whether that is the rhythm's own, whether an
    interval is split, and what dropped intervals would change (0.1 bpm).
    """

    record: str
    source: str
    noise: str
    rhythm: str
    known: tuple[int, ...]
    error_bpm: float
    error_rr_ms: float

    @property
    def fold(self) -> int:
        """Of the person."""
        return fold_of(person_of(self.record), FOLDS)


class Reference(Protocol):
    """What somebody else says of a recording."""

    def rr(self, begin_s: float, end_s: float, bpm: float) -> FloatArray | None:
        """RR intervals (s) of a window in which the device read `bpm`; None where nobody is sure."""

    def rhythm(self, begin_s: float, end_s: float) -> str:
        """Rhythm of a window."""


def nearest_rr(times: FloatArray, begin_s: float, end_s: float, bpm: float) -> FloatArray | None:
    """RR intervals (s) between beats at `times` that end in a window, None where there are none.

    Where beats lie at its ends, of all that count or leave them those whose mean rate is the nearest to `bpm`.
    """
    near = times[(times > begin_s - 2 * _LONGEST_RR_S) & (times < end_s + _LONGEST_RR_S)]
    rr, ends = np.diff(near), near[1:]
    found = []
    for first in (begin_s - _EDGE_S, begin_s, begin_s + _EDGE_S):
        for last in (end_s - _EDGE_S, end_s, end_s + _EDGE_S):
            inside = rr[(ends > first) & (ends <= last) & (rr <= _LONGEST_RR_S)]
            if len(inside):
                found.append(inside)
    return min(found, key=lambda each: abs(60 / float(each.mean()) - bpm), default=None)


class Marked:
    """What an expert marked."""

    def __init__(self, marks: Annotations) -> None:
        self.beats = np.array([beat.t for beat in beats(marks)])
        self._other = self.beats[[beat.code not in _NORMAL for beat in beats(marks)]]
        self._fibrillation = fibrillation(marks, marks.times[-1])
        self._flutter = flutter(marks)

    def rr(self, begin_s: float, end_s: float, bpm: float) -> FloatArray | None:
        """None in ventricular flutter, too."""
        return None if _meets(self._flutter, begin_s, end_s) else nearest_rr(self.beats, begin_s, end_s, bpm)

    def rhythm(self, begin_s: float, end_s: float) -> str:
        """Fibrillation, a beat that is not normal, or neither."""
        if _meets(self._fibrillation, begin_s, end_s):
            return FIBRILLATION
        return ECTOPIC if ((self._other >= begin_s) & (self._other <= end_s)).any() else REGULAR


class Monitored:
    """R peaks of lead II at the bedside, where the monitor tells the same rate."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def rr(self, begin_s: float, end_s: float, bpm: float) -> FloatArray | None:
        """Those of the R peaks."""
        rr = nearest_rr(self._person.peaks, begin_s, end_s, bpm)
        return rr if rr is not None and self._person.monitor_agrees(60 / float(rr.mean()), begin_s, end_s) else None

    def rhythm(self, begin_s: float, end_s: float) -> str:
        """Nobody marked it."""
        return INTENSIVE_CARE


def _meets(spans: Spans, begin_s: float, end_s: float) -> bool:
    return any(begin < end_s and begin_s < end for begin, end in spans)


def noisy(
    clean: FloatArray, marked: Marked, recorded: Mapping[str, Sequence[FloatArray]], rng: np.random.Generator
) -> FloatArray:
    """A lead (mV at the device's rate) with NOISE."""
    kind, snr_db = NOISE
    source = recorded[kind][int(rng.integers(2))]
    begin = int(rng.integers(0, len(source) - len(clean)))
    added = source[begin : begin + len(clean)]
    peaks = marked.beats[marked.beats < len(clean) / RATE].tolist()
    factor = gain(snr_db, signal_amplitude(clean, RATE, peaks), noise_amplitude(added, RATE))
    return np.asarray(clean + factor * (added - added.mean()))


def rate_answers(
    pipeline: EcgPipeline, lead: FloatArray, reference: Reference, record: str, source: str, noise: str = CLEAN
) -> Iterator[RateAnswer]:
    """Of all windows of a lead (mV at the device's rate) that have a heart rate, whatever its uncertainty."""
    noted: dict[str, tuple[int, ...]] = {}

    def note(*known: int) -> int:
        noted["rate"] = tuple(int(each) for each in known)
        return 1

    with patch.object(dsp_intervals, "rate_u95", note):
        for window in feed(pipeline, to_counts(lead, RATE)):
            if isinstance(window, EcgWindow) and window.heart_rate.value is not None and window.rr.value is not None:
                end_s, bpm = window.end / RATE, window.heart_rate.value / 10
                begin_s = end_s - window.span_ms / 1000
                rr = reference.rr(begin_s, end_s, bpm)
                if rr is not None:
                    errors = bpm - 60 / float(rr.mean()), window.rr.value - 1000 * float(np.median(rr))
                    yield RateAnswer(record, source, noise, reference.rhythm(begin_s, end_s), noted["rate"], *errors)


def in_counts(signal_mv: FloatArray, rate: int) -> FloatArray:
    """A signal as the front end has it, in mV at the device's rate."""
    return np.array(to_counts(signal_mv, rate), dtype=np.float64) * LSB_MV


def device(fold: int | None) -> tuple[EcgPipeline, str]:
    """With the networks that never saw the people of a fold where they are in `build/`, else those that ship."""
    networks = load_all()
    files = [paths.tflite(fold, "int8") for paths in (delineator_paths, evidence_paths)]
    if fold is None or not all(file.exists() for file in files):
        return EcgPipeline(networks.beat_kind, networks.ecg_delineator, networks.qrs_evidence), LEARNED
    delineator, evidence = (SlicedNetwork(load(file.read_bytes())) for file in files)
    return EcgPipeline(networks.beat_kind, delineator, evidence), NEVER_SEEN


def mitdb_records() -> list[str]:
    """Of the networks' manifest."""
    return [
        record.name for record in Manifest.load(evidence_paths.manifest).records if record.name.startswith("mitdb/")
    ]


def mitdb_answers(name: str) -> list[RateAnswer]:
    """Of one recording, clean, in noise, and by the rules alone."""
    records = Manifest.load(evidence_paths.manifest).records
    record = next(record for record in records if record.name == name)
    signal, rate = read_channel(data_root() / name, 0)
    marked = Marked(read_annotations(data_root() / name, "atr", rate))
    clean = in_counts(signal[: round(_READ_S * rate)], rate)
    rng = np.random.default_rng([_SEED, *name.encode()])
    found = list(rate_answers(EcgPipeline(), clean, marked, name, f"MIT-BIH, {RULES}"))
    for lead, noise in ((clean, CLEAN), (noisy(clean, marked, noises(records), rng), f"{NOISE[0]} {NOISE[1]:g} dB")):
        pipeline, seen = device(record.fold)
        found += rate_answers(pipeline, lead, marked, name, f"MIT-BIH, {seen}", noise)
    return found


def bidmc_records() -> list[str]:
    """All of BIDMC."""
    return list(open_dataset(Bidmc.name, data_root()).records())


def bidmc_answers(record: str) -> list[RateAnswer]:
    """Of one recording."""
    person = Person(open_dataset(Bidmc.name, data_root()).folder, record)
    lead = in_counts(person.lead_ii, HZ)
    return list(rate_answers(device(None)[0], lead, Monitored(person), f"bidmc/{record}", f"BIDMC, {NEVER_SEEN}"))
