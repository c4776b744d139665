"""Input of the beat network: shapes in Q6 of the usual beat, rhythm relative to the usual interval."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg import beat_features
from firmware_sim.firmware.dsp.ecg.beat_features import CHANNELS, LENGTH, SCALARS, SHAPE, BeatContext, write_features
from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE
from firmware_sim.firmware.dsp.ecg.beat_vector import LENGTH as BEAT_LENGTH
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.ecg.template import Template
from firmware_sim.firmware.nn import Arena
from firmware_sim.firmware.wire_gen import BEAT_KIND_NORMAL, BEAT_KIND_UNKNOWN, BEAT_KIND_VENTRICULAR
from firmware_sim.testing import ecg_signals as make


class Fixed:
    """A classifier that keeps its inputs and always gives the same kind."""

    def __init__(self, kind: int) -> None:
        self.arena = Arena(0, 0)
        self._values = array("b", bytes(LENGTH))
        self.input = memoryview(self._values)
        self.shown: list[np.ndarray[tuple[int, int], np.dtype[np.int8]]] = []
        self._kind = kind

    def classify(self) -> int:
        self.shown.append(np.frombuffer(self._values.tobytes(), np.int8).reshape(-1, CHANNELS))
        return self._kind


def triangle(amplitude: int) -> array[int]:
    """µV, nine samples wide, R at its top."""
    beat = array("i", [0] * BEAT_LENGTH)
    for i in range(-4, 5):
        beat[BEFORE + i] = amplitude * (5 - abs(i)) // 5
    return beat


def features(
    amplitude: int, context: BeatContext, intervals: tuple[int, ...] = ()
) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    usual = Template()
    usual.learn(triangle(1000))
    rr = array("i", [0] * 8)
    for i, interval in enumerate(intervals):
        rr[i % 8] = interval
    out = array("b", bytes(LENGTH))
    write_features(memoryview(out), triangle(amplitude), usual, context, rr, len(intervals))
    return np.frombuffer(out.tobytes(), np.int8).reshape(-1, CHANNELS)


def test_the_layout_is_what_it_says() -> None:
    assert LENGTH == (SHAPE + SCALARS) * CHANNELS


@pytest.mark.parametrize(("amplitude", "expected"), [(1000, 64), (500, 32), (-1000, -64), (4000, 127), (-9000, -128)])
def test_shapes_are_q6_of_the_usual_beat(amplitude: int, expected: int) -> None:
    shapes = features(amplitude, BeatContext())[:SHAPE]
    top = int(np.abs(shapes[:, 1].astype(int)).argmax())
    assert top == 25
    assert shapes[top].tolist() == [expected, 64]
    assert not shapes[:20].any()
    assert not shapes[30:].any()


def test_a_flat_usual_beat_divides_by_no_zero() -> None:
    out = array("b", bytes(LENGTH))
    write_features(memoryview(out), triangle(0), Template(), BeatContext(), array("i", [0] * 8), 0)
    assert not np.frombuffer(out, np.int8)[: SHAPE * CHANNELS].any()


def test_extreme_signals_stay_in_range() -> None:
    """62 mV, nearly the greatest difference of two that the conditioner passes, in both directions."""
    usual = Template()
    usual.learn(array("i", [62_000, -62_000] * (BEAT_LENGTH // 2)))
    out = array("b", bytes(LENGTH))
    for sign in (1, -1):
        beat = array("i", [sign * 62_000] * BEAT_LENGTH)
        write_features(memoryview(out), beat, usual, BeatContext(), array("i", [0] * 8), 0)
        assert out[0] == (127 if sign > 0 else -128)


def test_rhythm_is_relative_to_the_usual_interval() -> None:
    context = BeatContext()
    context.rr, context.following, context.usual, context.slow = 150, 250, 200, 200
    rhythm = features(1000, context, (200, 200, 200, 200))[SHAPE:, 0].tolist()
    assert rhythm[:4] == [-32, 32, 0, 0]  # early by a quarter, then a compensatory pause
    assert rhythm[5] == 0  # 200 samples: 800 ms
    assert rhythm[6] == -64  # perfectly steady
    assert rhythm[8] == -32


def test_what_is_not_known_has_its_own_value() -> None:
    context = BeatContext()
    context.usual = 200
    rhythm = features(1000, context)[SHAPE:, 0].tolist()
    assert rhythm[:4] == [0, 127, 0, 0]
    assert rhythm[6] == -128


def test_irregular_intervals_stand_out() -> None:
    context = BeatContext()
    context.usual = 200
    steady = features(1000, context, (200, 201, 199, 200))[SHAPE:, 0].tolist()[6]
    irregular = features(1000, context, (150, 240, 170, 260))[SHAPE:, 0].tolist()[6]
    assert irregular - steady > 100


def test_every_beat_is_classified_and_gets_that_kind_until_its_shape_is_known_as_usual() -> None:
    times = [0.5 + 0.8 * i for i in range(12)]
    shown = Fixed(BEAT_KIND_VENTRICULAR)
    detected = run(shown, make.lead(10.5, times))
    assert len(shown.shown) == len(detected.beats) == len(times)
    kinds = [beat.kind for beat in detected.beats]
    # a narrow complex that looks as most do is not ventricular, whatever the network says
    assert set(kinds[:6]) == {BEAT_KIND_VENTRICULAR}
    assert BEAT_KIND_VENTRICULAR not in kinds[-4:]


def test_unknown_leaves_the_kind_to_the_rule() -> None:
    lead = make.lead(10.5, [0.5 + 0.8 * i for i in range(12)])
    unknown = run(Fixed(BEAT_KIND_UNKNOWN), lead)
    assert [beat.kind for beat in unknown.beats] == [beat.kind for beat in make.run(lead).beats]
    assert unknown.beats[-1].kind == BEAT_KIND_NORMAL


def test_an_early_beat_reads_early() -> None:
    times = [0.5 + 0.8 * i for i in range(8)]
    times += [times[-1] + 0.5 + 0.8 * i for i in range(4)]
    listener = Fixed(BEAT_KIND_UNKNOWN)
    run(listener, make.lead(times[-1] + 1.0, times))
    relative = [int(shown[SHAPE, 0]) for shown in listener.shown]
    assert relative[8] == pytest.approx(-48, abs=3)  # 0.5 of 0.8 s: -0.375 · 128
    assert all(abs(value) < 4 for value in relative[1:8])


def test_shapes_do_not_depend_on_gain_or_polarity() -> None:
    lead = make.lead(10.5, [0.5 + 0.8 * i for i in range(12)])
    rows = []
    for gain in (1.0, 2.0, -1.0):
        listener = Fixed(BEAT_KIND_UNKNOWN)
        run(listener, gain * lead)
        rows.append(listener.shown[6][:SHAPE].astype(int))
    assert np.abs(rows[0] - rows[1]).max() <= 2
    assert np.abs(rows[0] + rows[2]).max() <= 3


def run(classifier: beat_features.BeatClassifier, lead_mv: make.FloatArray) -> make.Output:
    pipeline = EcgPipeline(classifier)
    output = make.Output()
    make.push(pipeline, make.counts(lead_mv), output, 50)
    pipeline.flush()
    make.collect(pipeline, output)
    return output
