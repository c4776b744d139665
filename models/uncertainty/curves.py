"""`python -m models.uncertainty.curves`: docs/results/risk_coverage.svg, error against share answered.

Windows of LUDB and QTDB as they are, each read by the network that never saw the person. Of the device the least
certain are refused first (`u95`), of NeuroKit2, which says nothing of the kind, those whose beats differ most. Needs
what `python -m models.uncertainty` needs, and the extra `peers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from firmware_sim.firmware.dsp.ecg import intervals as dsp_intervals
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.uncertainty import LIMITS_TENTHS_MS
from firmware_sim.firmware.dsp.result import EcgWindow
from models.common.command import takes_nothing
from models.common.feeding import feed
from models.common.manifest import Manifest, data_root
from models.ecg_delineator import paths
from models.ecg_delineator.choose_data import FOLDS, MARKED
from models.ecg_delineator.intervals import INTERVALS
from models.evaluation.ecg.leads import RATE, FloatArray, to_counts
from models.evaluation.ecg.methods.peers import Peer
from models.evaluation.ecg.truth import Marks

from .windows import MarkedLead, Reader, marked_lead

SVG = Path(__file__).resolve().parents[2] / "docs/results/risk_coverage.svg"
#: Leads as wearables have them, by data set.
LEADS = {"ludb": ("i", "ii"), "qtdb": ("0", "1")}
DEVICE, PEER = "vitalband, by u95", "NeuroKit2 prominence, by spread of beats"
_COLOURS = {DEVICE: "#3b6ea5", PEER: "#b5532a"}
_NO_LIMIT = (1 << 30,) * 3
#: Fewer beats of a window give no interval.
_FEWEST_BEATS = 2
#: Curves begin where so many of the windows are answered: before, they are of a few people.
_MIN_FRACTION = 0.05


@dataclass(frozen=True)
class Item:
    """What one method says of one interval of one window: how unsure it is, and its error, None where it is refused."""

    record: str
    interval: str
    method: str
    unsure: float
    error_ms: float | None


def collect() -> list[Item]:
    """All of it; of the folds whose network is there."""
    manifest = Manifest.load(paths.manifest)
    items: list[Item] = []
    for fold in (fold for fold in range(FOLDS) if paths.tflite(fold, "int8").exists()):
        reader = Reader(paths.tflite(fold, "int8").read_bytes(), data_root(), {})
        for record in (record for record in manifest.of_use(MARKED) if record.fold == fold):
            for channel in LEADS[record.name.split("/")[0]]:
                lead = marked_lead(data_root(), record.name, channel)
                if lead is not None:
                    items += items_of(lead, reader)
        print(f"fold {fold}: {len(items)} items", flush=True)
    return items


def items_of(lead: MarkedLead, reader: Reader) -> Iterator[Item]:
    """Of all windows of a lead that overlap its marks."""
    beats, _ = Peer("neurokit2").beats(lead.mv, RATE)
    with patch.object(dsp_intervals, "LIMITS_TENTHS_MS", _NO_LIMIT):
        for window in feed(EcgPipeline(*reader.networks), to_counts(lead.mv, RATE)):
            if not isinstance(window, EcgWindow) or window.end / RATE <= lead.peaks[0]:
                continue
            begin_s = window.end / RATE - window.span_ms / 1000
            inside = [beat for beat in beats if begin_s <= beat.r < window.end / RATE]
            for interval, truth in lead.truth.items():
                if not np.isnan(truth):
                    measure = getattr(window, interval)
                    error = None if measure.value is None else measure.value / 10 - truth
                    yield Item(lead.record, interval, DEVICE, measure.u95 / 10, error)
                    yield _peer_item(lead.record, interval, inside, truth)


def _peer_item(record: str, interval: str, beats: Sequence[Marks], truth: float) -> Item:
    """The median of its beats, and as its uncertainty their interquartile range."""
    values = [value for beat in beats if (value := beat.interval_ms(interval)) is not None]
    if len(values) < _FEWEST_BEATS:
        return Item(record, interval, PEER, np.inf, None)
    low, middle, high = np.percentile(values, (25, 50, 75))
    return Item(record, interval, PEER, float(high - low), float(middle) - truth)


def curve(items: Sequence[Item]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share answered, mean absolute error of what is answered (ms), and uncertainty of the last one answered.

    People count alike, whatever the number of their windows.
    """
    of_record = Counter(item.record for item in items)
    answered = sorted((item for item in items if item.error_ms is not None), key=lambda item: item.unsure)
    weights = np.array([1 / of_record[item.record] for item in answered])
    errors = np.abs([item.error_ms for item in answered if item.error_ms is not None])
    total = np.cumsum(weights)
    return total / len(of_record), np.cumsum(weights * errors) / total, np.array([item.unsure for item in answered])


def draw(items: Sequence[Item], path: Path) -> None:
    """The picture: data sets in rows, intervals in columns; text stays text."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vitalband"}):
        figure, axes = plt.subplots(len(LEADS), len(INTERVALS), figsize=(12, 7), sharex=True)
        for row, (dataset, leads) in zip(axes, LEADS.items(), strict=True):
            for axis, interval in zip(row, INTERVALS, strict=True):
                of = [item for item in items if item.record.startswith(dataset) and item.interval == interval]
                _plot(axis, of, interval)
                axis.set_title(f"{dataset.upper()} {' and '.join(leads)}: {interval.upper()}")
            row[0].set_ylabel("mean absolute error of the answered, ms")
        for axis in axes[-1]:
            axis.set_xlabel("windows answered, %")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower center", ncols=len(labels))
        figure.tight_layout(rect=(0, 0.04, 1, 1))
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _plot(axis: Any, items: Sequence[Item], interval: str) -> None:
    for method, colour in _COLOURS.items():
        fraction, error, unsure = curve([item for item in items if item.method == method])
        shown = fraction >= _MIN_FRACTION
        axis.plot(100 * fraction[shown], error[shown], color=colour, label=method)
        if method == DEVICE:
            limit = LIMITS_TENTHS_MS[INTERVALS.index(interval)] / 10
            last = int(np.searchsorted(unsure, limit, side="right")) - 1
            axis.plot(100 * fraction[last], error[last], "o", color=colour, label="what the device answers")
    axis.set_ylim(bottom=0)
    axis.set_xlim(0, 100)


def main() -> None:
    """Collect and draw; raises PeerMissing."""
    takes_nothing(__doc__)
    Peer("neurokit2").describe()
    draw(collect(), SVG)


if __name__ == "__main__":
    main()
