"""`python -m models.ecg_delineator.evaluate`: golden vectors, costs, and everyone read by networks that never saw them.

Needs the recordings and what `train` and `quantize` left in `build/`, but no tensorflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ecg.beat_vector import LENGTH
from models.common.command import takes_nothing
from models.common.evaluating import evaluate
from models.common.manifest import Manifest, data_root
from models.common.running import Runner

from . import paths
from .choose_data import FOLDS, MARKED
from .dataset import WEARABLE_LEADS, load_leads
from .device import DeviceRead, Reader
from .edges import EDGES, Edges, edges_of
from .features import UNIT, features
from .groups import GROUPS
from .intervals import INTERVALS, marked_intervals, read_intervals
from .lead_beats import HAS_P, P_OFF, P_ON, PAD, QRS_OFF, QRS_ON, T_OFF, T_ON, Floats, LeadBeats
from .tables import write_card

#: Which marks the edges are compared with, in their order.
_MARKS = (P_ON, P_OFF, QRS_ON, QRS_OFF, T_ON, T_OFF)
_GOLDEN_VECTORS = 32
#: Noise added to see how quality falls, as fractions of the complex's amplitude (standard deviation).
NOISES = (0.0, 0.02, 0.05, 0.1)
Predict = Callable[[Floats], Floats]


@dataclass
class Read:
    """One lead as a network reads it: edges of marked beats and of all its beats, samples from R."""

    lead: LeadBeats
    marked: Edges
    all_edges: Edges

    def errors(self) -> Floats:
        """(n, 6) ms, by which the edges of the marked beats are late; NaN where one of the two is absent."""
        return np.asarray(4 * (self.marked - self.lead.labels[:, _MARKS]))


def predictor(model: bytes) -> Predict:
    """The function from beats (n, LENGTH) in µV to the probabilities (n, positions, 3) of a float or int8 network."""
    runner = Runner(model)
    small = runner.input["dtype"] == np.int8

    def predict(beats: Floats) -> Floats:
        rows = features(beats).reshape(len(beats), -1)
        if small:
            return (runner.run(rows).astype(np.float32).reshape(len(beats), -1, 3) + 128) / 256
        return np.asarray(runner.run(rows.astype(np.float32) / UNIT).reshape(len(beats), -1, 3))

    return predict


def read(lead: LeadBeats, predict: Predict, noise: float = 0.0) -> Read:
    """Have every beat of a lead read by itself, with white noise of that fraction of its amplitude."""
    rng = np.random.default_rng(3)
    edges = []
    for vectors in (lead.vectors, lead.all_vectors):
        beats = vectors[:, PAD : PAD + LENGTH]
        amplitude = np.ptp(beats[:, LENGTH // 4 : LENGTH // 2], axis=1, keepdims=True)
        edges.append(edges_of(predict(beats + noise * amplitude * rng.standard_normal(beats.shape))))
    return Read(lead, *edges)


def judged(leads: Sequence[LeadBeats]) -> list[LeadBeats]:
    """Marked leads of those that wearables have; of long ones the first 60 beats."""
    chosen = [s for s in leads if s.use == MARKED and (s.channel in WEARABLE_LEADS or s.record.startswith("qtdb"))]
    return [
        LeadBeats(s.record, s.channel, s.fold, s.use, s.vectors, s.labels, s.all_vectors[:60], s.beats) for s in chosen
    ]


def everyone(leads: Sequence[LeadBeats], kind: str, noise: float = 0.0) -> list[Read]:
    """Read each lead by the `kind` (float or int8) network of its fold."""
    predictors = [predictor(network) for network in paths.fold_networks(kind, FOLDS)]
    return [read(lead, predictors[lead.fold], noise) for lead in leads]


def scores(reads: Sequence[Read]) -> dict[str, Any]:
    """Edges and intervals of some leads."""
    errors = np.concatenate([r.errors() for r in reads])
    labels = np.concatenate([r.lead.labels for r in reads])
    marked = np.concatenate([r.marked for r in reads])
    without = labels[:, HAS_P] == 0
    return {
        "leads": len(reads),
        "beats": len(labels),
        "edges": _edge_scores(marked, labels[:, _MARKS], errors),
        "p_where_there_is_none": _fraction(~np.isnan(marked[without, 0])),
        "intervals": {name: _interval(values) for name, values in _differences(reads)},
    }


def _edge_scores(found: Edges, marked: Floats, late: Floats) -> dict[str, dict[str, float | None]]:
    """Of each edge: the share of marked ones found, and by how much it is late (ms); all (n, 6), NaN absent."""
    return {
        name: {
            "se": _fraction(~np.isnan(found[~np.isnan(marked[:, i]), i])),
            "mean_ms": _round(np.nanmean(late[:, i])),
            "sd_ms": _round(np.nanstd(late[:, i])),
        }
        for i, name in enumerate(EDGES)
    }


def _differences(reads: Sequence[Read]) -> Iterator[tuple[str, Floats]]:
    """Of each interval the differences (ms) of record-level medians, NaN where one is absent."""
    truth = np.array([marked_intervals(r.lead.beats) for r in reads])
    found = np.array([read_intervals(r.all_edges) for r in reads])
    for i, name in enumerate(INTERVALS):
        known = ~np.isnan(truth[:, i])
        yield name, found[known, i] - truth[known, i]


def _interval(differences: Floats) -> dict[str, float | None]:
    return {
        "n": len(differences),
        "mae_ms": _round(np.nanmean(np.abs(differences))) if len(differences) else None,
        "bias_ms": _round(np.nanmean(differences)) if len(differences) else None,
        "absent": _fraction(np.isnan(differences)),
    }


def _fraction(values: Any) -> float | None:
    return round(float(np.mean(values)), 4) if len(values) else None


def _round(value: Any) -> float:
    return round(float(value), 2)


def by_device(leads: Sequence[LeadBeats]) -> dict[str, Any]:
    """Each lead as the whole firmware reads it, with the int8 network of its fold."""
    readers = [Reader(network) for network in paths.fold_networks("int8", FOLDS)]
    reads = [(_name_of(lead), readers[lead.fold].read(data_root(), lead)) for lead in leads]
    return {
        name: device_scores([r for of_lead, r in reads if of_lead == name]) for name in sorted({n for n, _ in reads})
    }


def device_scores(reads: Sequence[DeviceRead]) -> dict[str, Any]:
    """Edges and intervals of some leads."""
    edges = np.concatenate([r.edges for r in reads])
    truth = np.concatenate([r.truth for r in reads])
    differences = np.array([r.intervals for r in reads]) - np.array([r.marked for r in reads])
    known = ~np.isnan([r.marked for r in reads])
    return {
        "leads": len(reads),
        "beats": len(edges),
        "missed": sum(r.missed for r in reads),
        "edges": _edge_scores(edges, truth, edges - truth),
        "intervals": {name: _interval(differences[known[:, i], i]) for i, name in enumerate(INTERVALS)},
    }


def distance(exact: Sequence[Read], small: Sequence[Read]) -> dict[str, Any]:
    """How far int8 is from float: mean absolute difference of record-level intervals and of edges, ms.

    And, lead by lead, how much more int8 errs (MAE) in the records in which both found the interval.
    """
    intervals = [np.array([read_intervals(r.all_edges) for r in reads]) for reads in (exact, small)]
    edges = [np.concatenate([r.marked for r in reads]) for reads in (exact, small)]
    differences = np.nanmean(np.abs(intervals[0] - intervals[1]), axis=0)
    return {
        "intervals_ms": {name: _round(value) for name, value in zip(INTERVALS, differences, strict=True)},
        "edges_ms": _round(4 * np.nanmean(np.abs(edges[0] - edges[1]))),
        "waves_alike": _fraction((np.isnan(edges[0]) == np.isnan(edges[1])).ravel()),
        "mae_more_ms": {
            name: _worse(intervals[0], intervals[1], exact, name) for name in sorted({_name_of(r.lead) for r in exact})
        },
    }


def _worse(exact: Edges, small: Edges, reads: Sequence[Read], name: str) -> dict[str, float]:
    of_lead = np.array([_name_of(r.lead) == name for r in reads])
    truth = np.array([marked_intervals(r.lead.beats) for r in reads])[of_lead]
    more = np.abs(small[of_lead] - truth) - np.abs(exact[of_lead] - truth)
    return {key: _round(value) for key, value in zip(INTERVALS, np.nanmean(more, axis=0), strict=True)}


def metrics(_manifest: Manifest) -> dict[str, Any]:
    """What metrics.json says."""
    leads = judged(load_leads(data_root()))
    exact, small = everyone(leads, "float"), everyone(leads, "int8")
    groups = {name: [r for r in small if belongs(r.lead)] for name, belongs in GROUPS.items()}
    return {
        "how": "each lead by the network of the fold that leaves its person out; every beat by itself; "
        "intervals are medians over the lead",
        "device": by_device(leads),
        "float": _by_lead(exact),
        "int8": _by_lead(small),
        "float_to_int8": distance(exact, small),
        "subgroups": {name: scores(reads) for name, reads in groups.items() if reads},
        "noise": {str(noise): scores(everyone(leads, "int8", noise)) for noise in NOISES},
    }


def _by_lead(reads: Sequence[Read]) -> dict[str, Any]:
    names = sorted({_name_of(r.lead) for r in reads})
    return {name: scores([r for r in reads if _name_of(r.lead) == name]) for name in names}


def _name_of(lead: LeadBeats) -> str:
    return f"{lead.record.split('/')[0]} {lead.channel}"


if __name__ == "__main__":
    takes_nothing(__doc__)
    evaluate(paths, _GOLDEN_VECTORS, metrics, write_card)
