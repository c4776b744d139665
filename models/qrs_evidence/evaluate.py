"""`python -m models.qrs_evidence.evaluate`: golden vectors, costs, and everyone read by networks that never saw them.

Needs the recordings and what `train` and `quantize` left in `build/`, but no tensorflow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from models.common.command import takes_nothing
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, Record
from models.common.running import Runner
from models.evaluation.ecg.leads import RATE
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, noisy_spans, signal_amplitude, stressed

from . import paths
from .choose_data import FOLDS
from .device import Tally, tally
from .features import UNIT
from .leads import Floats, Lead, leads_of, marked, noises
from .tables import write_card

_GOLDEN_VECTORS = 16
#: Probability at which float and int8 are compared.
_DECISION = 36 / 256
_SNR_DB = 6.0
#: What each lead is read with: as it is, and MIT-BIH with each noise.
_CLEAN = "as it is"
_NOISES = ("em", "ma", "bw")


@dataclass(frozen=True)
class Job:
    """One record, with or without added noise."""

    record: Record
    noise: str


@cache
def _noise(kind: str) -> Floats:
    """The first channel of a noise recording: networks were trained with other minutes of it."""
    return noises(list(Manifest.load(paths.manifest).records))[kind][0]


def jobs(records: list[Record]) -> Iterator[Job]:
    """Everything that is read."""
    for record in marked(records):
        yield Job(record, _CLEAN)
        if record.name.startswith("mitdb"):
            for noise in _NOISES:
                yield Job(record, noise)


def with_noise(lead: Lead, kind: str) -> Lead:
    """The lead with noise as the noise stress test adds it, scored where there is noise."""
    noise = _noise(kind)
    amplitude = signal_amplitude(lead.mv, RATE, [float(r) / RATE for r in lead.beats[~lead.wide]])
    mv = stressed(lead.mv, noise, RATE, gain(_SNR_DB, amplitude, noise_amplitude(noise, RATE)))
    spans = tuple((a * RATE, b * RATE) for a, b in noisy_spans(len(mv) / RATE))
    return Lead(lead.record, lead.channel, lead.fold, mv, lead.beats, lead.wide, spans)


def tally_job(job: Job) -> tuple[str, Tally, Tally]:
    """Name of the set, and the device's beats with the network and by rules alone, of all leads that a wearable has."""
    model = paths.tflite(job.record.fold, "int8").read_bytes()
    with_network, rules = Tally(), Tally()
    name = job.record.name.split("/")[0]
    for lead in leads_of(job.record, first_only=True):
        seen = lead if job.noise == _CLEAN else with_noise(lead, job.noise)
        with_network += tally(seen.mv, seen.beats, seen.spans, model)
        rules += tally(seen.mv, seen.beats, seen.spans, None)
    return name if job.noise == _CLEAN else f"{name}, {job.noise} {_SNR_DB:g} dB", with_network, rules


def tallies(records: list[Record]) -> dict[str, dict[str, Any]]:
    """Tallies of each set and of each record of MIT-BIH."""
    sets: dict[str, tuple[Tally, Tally]] = {}
    people: dict[str, Any] = {}
    todo = list(jobs(records))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for job, (name, network, rules) in zip(todo, pool.map(tally_job, todo), strict=True):
            pair = sets.setdefault(name, (Tally(), Tally()))
            pair[0].__iadd__(network)
            pair[1].__iadd__(rules)
            if name == "mitdb":
                people[job.record.name] = {"network": asdict(network), "rules": asdict(rules)}
    by_set = {name: {"network": asdict(pair[0]), "rules": asdict(pair[1])} for name, pair in sets.items()}
    return {"sets": by_set, "mitdb": people}


def distance() -> dict[str, float]:
    """How far int8 is from float, on what the shipped network was calibrated with: probabilities and decisions."""
    rows = np.load(paths.calibrated)
    rows = rows.reshape(len(rows), -1)
    exact = Runner(paths.float.read_bytes()).run(rows.astype(np.float32) / UNIT)
    quantized = (Runner(paths.int8.read_bytes()).run(rows).astype(np.float64) + 128) / 256
    threshold = _DECISION
    return {
        "mean_difference": round(float(np.abs(exact - quantized).mean()), 5),
        "decided_alike": round(float(((exact >= threshold) == (quantized >= threshold)).mean()), 5),
    }


def metrics(manifest: Manifest) -> dict[str, Any]:
    """What metrics.json says."""
    return {"folds": FOLDS, "float_to_int8": distance(), **tallies(list(manifest.records))}


if __name__ == "__main__":
    takes_nothing(__doc__)
    evaluate(paths, _GOLDEN_VECTORS, metrics, write_card)
