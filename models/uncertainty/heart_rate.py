"""`python -m models.uncertainty.heart_rate`: the table of heart rates in `card.md`.

Heart rates of windows against beats that others found: MIT-BIH, clean and in noise, which the networks learned from
(and by the rules alone, which nobody learned), and BIDMC, which no network ever saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from unittest.mock import patch

import numpy as np

from firmware_sim.firmware.dsp.ecg import intervals as dsp_intervals
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.uncertainty import RATE_LIMIT_BPM_X10
from firmware_sim.firmware.dsp.result import EcgWindow
from firmware_sim.firmware.networks.loading import load_all
from models.common.feeding import feed
from models.common.manifest import Manifest, data_root
from models.common.tables import replace, table
from models.evaluation.ecg.datasets.annotations import Annotations, beats, fibrillation, flutter, read_annotations
from models.evaluation.ecg.leads import LSB_MV, RATE, FloatArray, read_channel, to_counts
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, signal_amplitude
from models.evaluation.ecg.truth import Spans
from models.evaluation.ppg.datasets import open_dataset
from models.evaluation.ppg.datasets.bidmc import Bidmc
from models.evaluation.ppg.uncertainty import HZ, Person
from models.qrs_evidence import paths as evidence_paths
from models.qrs_evidence.leads import noises

from . import CARD
from .windows import CLEAN

#: Noise that is added, as `nst` has it, and seconds of a recording of MIT-BIH that are read.
NOISE = ("em", 6.0)
_READ_S = 600.0
#: Refused beyond, beats a minute.
LIMIT_BPM = RATE_LIMIT_BPM_X10 / 10
#: Beats so near to an end of a window may belong to either side of it, s.
_EDGE_S = 0.15
#: A longer RR interval is a pause, and no rate.
_LONGEST_RR_S = 3.0
#: Rhythms of windows, by what is marked in them.
FIBRILLATION, ECTOPIC, REGULAR = "atrial fibrillation", "ectopic or paced beats", "all beats normal"
INTENSIVE_CARE = "intensive care"
_NORMAL = frozenset("NLR")
_NO_LIMIT = 1 << 30
_SEED = 5
#: Rates are told in tenths.
_ROUNDING_BPM = 0.05
#: Who read what: whether any network had learned from these people.
LEARNED, RULES = "MIT-BIH, networks learned from it", "MIT-BIH, rules without networks"
NEVER_SEEN = "BIDMC, never seen"


@dataclass(frozen=True)
class RateAnswer:
    """The heart rate of one window: its error and its expanded uncertainty, beats a minute."""

    record: str
    noise: str
    rhythm: str
    error_bpm: float
    u95_bpm: float


class Reference(Protocol):
    """What somebody else says of a recording."""

    def rate(self, begin_s: float, end_s: float, bpm: float) -> float | None:
        """Heart rate of a window in which the device read `bpm`; None where nobody is sure."""

    def rhythm(self, begin_s: float, end_s: float) -> str:
        """Rhythm of a window."""


def nearest_rate(times: FloatArray, begin_s: float, end_s: float, bpm: float) -> float | None:
    """Mean rate of the RR intervals between beats at `times` that end in a window, None where there are none.

    Where beats lie at its ends, of all means that count or leave them the nearest to `bpm`.
    """
    near = times[(times > begin_s - 2 * _LONGEST_RR_S) & (times < end_s + _LONGEST_RR_S)]
    rr, ends = np.diff(near), near[1:]
    found = []
    for first in (begin_s - _EDGE_S, begin_s, begin_s + _EDGE_S):
        for last in (end_s - _EDGE_S, end_s, end_s + _EDGE_S):
            inside = rr[(ends > first) & (ends <= last) & (rr <= _LONGEST_RR_S)]
            if len(inside):
                found.append(60 / float(inside.mean()))
    return min(found, key=lambda each: abs(each - bpm), default=None)


class Marked:
    """What an expert marked."""

    def __init__(self, marks: Annotations) -> None:
        self.beats = np.array([beat.t for beat in beats(marks)])
        self._other = self.beats[[beat.code not in _NORMAL for beat in beats(marks)]]
        self._fibrillation = fibrillation(marks, marks.times[-1])
        self._flutter = flutter(marks)

    def rate(self, begin_s: float, end_s: float, bpm: float) -> float | None:
        """None in ventricular flutter, too."""
        return None if _meets(self._flutter, begin_s, end_s) else nearest_rate(self.beats, begin_s, end_s, bpm)

    def rhythm(self, begin_s: float, end_s: float) -> str:
        """Fibrillation, a beat that is not normal, or neither."""
        if _meets(self._fibrillation, begin_s, end_s):
            return FIBRILLATION
        return ECTOPIC if ((self._other >= begin_s) & (self._other <= end_s)).any() else REGULAR


class Monitored:
    """R peaks of lead II at the bedside, where the monitor tells the same rate."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def rate(self, begin_s: float, end_s: float, bpm: float) -> float | None:
        """That of the R peaks."""
        rate = nearest_rate(self._person.peaks, begin_s, end_s, bpm)
        return rate if rate is not None and self._person.monitor_agrees(rate, begin_s, end_s) else None

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
    pipeline: EcgPipeline, lead: FloatArray, reference: Reference, record: str, noise: str = CLEAN
) -> Iterator[RateAnswer]:
    """Of all windows of a lead (mV at the device's rate) that have a heart rate, whatever its uncertainty."""
    with patch.object(dsp_intervals, "RATE_LIMIT_BPM_X10", _NO_LIMIT):
        for window in feed(pipeline, to_counts(lead, RATE)):
            if isinstance(window, EcgWindow) and window.heart_rate.value is not None:
                end_s, bpm = window.end / RATE, window.heart_rate.value / 10
                begin_s = end_s - window.span_ms / 1000
                truth = reference.rate(begin_s, end_s, bpm)
                if truth is not None:
                    rhythm = reference.rhythm(begin_s, end_s)
                    yield RateAnswer(record, noise, rhythm, bpm - truth, window.heart_rate.u95 / 10)


def in_counts(signal_mv: FloatArray, rate: int) -> FloatArray:
    """A signal as the front end has it, in mV at the device's rate."""
    return np.array(to_counts(signal_mv, rate), dtype=np.float64) * LSB_MV


def device() -> EcgPipeline:
    """With the networks that ship."""
    networks = load_all()
    return EcgPipeline(networks.beat_kind, networks.ecg_delineator, networks.qrs_evidence)


def mitdb_answers() -> Iterator[tuple[str, RateAnswer]]:
    """Of the recordings of the networks' manifest, by what read them: the device, or its rules alone."""
    records = Manifest.load(evidence_paths.manifest).records
    recorded, rng = noises(records), np.random.default_rng(_SEED)
    for record in (record for record in records if record.name.startswith("mitdb/")):
        signal, rate = read_channel(data_root() / record.name, 0)
        marked = Marked(read_annotations(data_root() / record.name, "atr", rate))
        clean = in_counts(signal[: round(_READ_S * rate)], rate)
        yield from ((LEARNED, each) for each in rate_answers(device(), clean, marked, record.name))
        yield from ((RULES, each) for each in rate_answers(EcgPipeline(), clean, marked, record.name))
        lead, name = noisy(clean, marked, recorded, rng), f"{NOISE[0]} {NOISE[1]:g} dB"
        yield from ((LEARNED, each) for each in rate_answers(device(), lead, marked, record.name, name))
        print(record.name, flush=True)


def bidmc_answers() -> Iterator[tuple[str, RateAnswer]]:
    """Of all of BIDMC."""
    dataset = open_dataset(Bidmc.name, data_root())
    for record in dataset.records():
        person = Person(dataset.folder, record)
        lead = in_counts(person.lead_ii, HZ)
        yield from ((NEVER_SEEN, each) for each in rate_answers(device(), lead, Monitored(person), record))
        print(record, flush=True)


class Coverage(NamedTuple):
    """Of one group of windows."""

    people: int
    windows: int
    inside: float
    median_bpm: float
    refused: float


def coverage(answers: Sequence[RateAnswer]) -> Coverage:
    """Windows count alike; what is refused is not counted as inside or outside."""
    u95 = np.array([answer.u95_bpm for answer in answers])
    errors = np.abs([answer.error_bpm for answer in answers])
    kept = u95 <= LIMIT_BPM
    people = len({answer.record for answer in answers})
    inside = float((errors <= u95 + _ROUNDING_BPM)[kept].mean())
    return Coverage(people, len(answers), inside, float(np.median(u95[kept])), float((~kept).mean()))


def rows(answers: Sequence[tuple[str, RateAnswer]]) -> Iterator[tuple[str, Coverage]]:
    """By who learned from it, rhythm and noise."""
    for source in dict.fromkeys(source for source, _ in answers):
        of = [answer for each, answer in answers if each == source]
        for noise in dict.fromkeys(answer.noise for answer in of):
            same = [answer for answer in of if answer.noise == noise]
            name = source if noise == CLEAN else f"{source}, {noise}"
            yield name, coverage(same)
            rhythms = list(dict.fromkeys(answer.rhythm for answer in same))
            for rhythm in rhythms if len(rhythms) > 1 else ():
                yield f"{name}: {rhythm}", coverage([answer for answer in same if answer.rhythm == rhythm])


def main() -> None:
    """Read all and write the table."""
    found = rows([*mitdb_answers(), *bidmc_answers()])
    head = ["windows of ten seconds", "people", "n", "inside %", "median ± bpm", "refused %"]
    cells = [
        [name, str(of.people), str(of.windows), f"{100 * of.inside:.1f}", f"{of.median_bpm:.1f}",
         f"{100 * of.refused:.1f}"]
        for name, of in found
    ]  # fmt: skip
    replace(CARD, "heart rate", table(head, cells))


if __name__ == "__main__":
    main()
