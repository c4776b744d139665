"""What is no signal is said to be none for exactly as long, and nothing is measured across it."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.contact import Contact
from firmware_sim.firmware.dsp.ecg.disturbance import Disturbances
from firmware_sim.firmware.dsp.ecg.filters import MASK
from firmware_sim.testing import ecg_signals as make

NO_SIGNAL = {
    wire.REASON_NO_SIGNAL,
    wire.REASON_LEAD_OFF,
    wire.REASON_SATURATED,
    wire.REASON_NOISE,
    wire.REASON_MAINS,
}
SECONDS = 60
Off = Callable[[make.FloatArray], make.FloatArray]


def _time() -> make.FloatArray:
    return np.asarray(np.arange(SECONDS * make.RATE) / make.RATE)


def _noise(n: int, rms_mv: float, seed: int = 1) -> make.FloatArray:
    return np.asarray(rms_mv * np.random.default_rng(seed).standard_normal(n))


def _ecg(rr: float = 0.8) -> make.FloatArray:
    t = _time()
    lead = make.lead(SECONDS, make.regular(SECONDS, rr), qt=0.36)
    return np.asarray(lead + _noise(len(t), 0.004) + 0.1 * np.sin(1.6 * t))


def _hum(hz: float, mv: float) -> Off:
    return lambda t: mv * np.sin(2 * np.pi * hz * t) + 0.1 * mv * np.sin(6 * np.pi * hz * t)


def _jump(mv: float, tau: float) -> Off:
    return lambda t: mv * np.exp(-(t - t[0]) / tau) + _noise(len(t), 0.002)


def _open_input(t: make.FloatArray) -> make.FloatArray:
    return np.asarray(np.cumsum(_noise(len(t), 0.9)) + _noise(len(t), 0.05, 2) + np.sin(2 * np.pi * 50.03 * t))


OFF: dict[str, Off] = {
    "level": lambda t: 0 * t,
    "level of another recorder": lambda t: 0 * t - 7.5,
    "level with the converter's noise": lambda t: _noise(len(t), 0.0003),
    "rail": lambda t: 0 * t + 900,
    "50 Hz of 0.3 mV": _hum(50.05, 0.3),
    "60 Hz of 0.3 mV": _hum(59.9, 0.3),
    "50 Hz of 5 mV": _hum(49.95, 5),
    "60 Hz of 5 mV": _hum(60.1, 5),
    "open input": _open_input,
}
JUMPS: dict[str, Off] = {f"jump of {mv} mV": _jump(mv, tau) for mv, tau in ((-1.5, 1.8), (3.0, 1.2), (9.0, 0.7))}


def _check(output: make.Output, begin: float, end: float, bpm: float, settle: float = 1.0) -> None:
    """No signal from `begin` to `end` (s), and a heart of `bpm` else."""
    assert not [beat for beat in output.beats if begin + 0.05 < beat.r / make.RATE < end - 0.05]
    assert not [beat for beat in output.beats if beat.rr_ms is not None and abs(60000 / beat.rr_ms - bpm) > 3]
    # nothing is left out: windows follow one another
    assert sum(window.span_ms for window in output.windows) >= 1000 * (SECONDS - 3)
    measured = 0.0
    for window in output.windows:
        first, last = window.end / make.RATE - window.span_ms / 1000, window.end / make.RATE
        assert not window.flags
        if window.heart_rate.value is not None:
            assert abs(window.heart_rate.value / 10 - bpm) < 2
            measured += last - first
        if first > begin - 0.5 and last < end + 0.1:
            assert window.heart_rate.value is None
            assert window.reason in NO_SIGNAL
        if last - first > 9.9 and (last < begin - 0.2 or first > end + settle):
            assert window.heart_rate.value is not None
    assert measured > SECONDS - (end - begin) - 14


@pytest.mark.parametrize("name", sorted(OFF))
@pytest.mark.parametrize(("begin", "length"), [(12.3, 1.7), (17.1, 6.4), (9.9, 14.0), (21.0, 31.0)])
def test_a_stretch_without_a_signal(name: str, begin: float, length: float) -> None:
    t = _time()
    inside = (t >= begin) & (t < begin + length)
    signal = _ecg()
    signal[inside] = OFF[name](t[inside])
    _check(make.run(signal), begin, begin + length, 75)


@pytest.mark.parametrize("name", sorted(JUMPS))
@pytest.mark.parametrize(("begin", "length"), [(12.3, 3.4), (18.05, 7.0)])
def test_what_follows_a_jump_of_the_electrode(name: str, begin: float, length: float) -> None:
    t = _time()
    inside = (t >= begin) & (t < begin + length)
    signal = _ecg()
    signal[inside] = JUMPS[name](t[inside])
    _check(make.run(signal), begin, begin + length, 75, settle=3.0)


@pytest.mark.parametrize("rr", [0.5, 0.8, 1.2])
def test_a_loose_contact_of_half_a_second_makes_no_long_interval(rr: float) -> None:
    signal = _ecg(rr)
    for r in make.regular(SECONDS, rr)[12::15]:
        middle = round(r * make.RATE)
        signal[middle - 65 : middle + 65] = signal[middle - 66]
    output = make.run(signal)
    assert not [beat for beat in output.beats if beat.rr_ms is not None and abs(beat.rr_ms - 1000 * rr) > 20]
    assert not any(window.flags & (wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE) for window in output.windows)


@pytest.mark.parametrize("name", ["level", "rail", "50 Hz of 5 mV", "60 Hz of 0.3 mV"])
@pytest.mark.parametrize("length", [3.1, 16.0])
def test_no_signal_at_the_start_and_at_the_end(name: str, length: float) -> None:
    t = _time()
    for inside in (t < length, t >= SECONDS - length):
        signal = _ecg()
        signal[inside] = OFF[name](t[inside])
        output = make.run(signal)
        begin, end = (0.0, length) if inside[0] else (SECONDS - length, float(SECONDS))
        assert not [beat for beat in output.beats if begin + 0.05 < beat.r / make.RATE < end - 0.05]
        assert not any(window.flags for window in output.windows)
        rates = [window.heart_rate.value for window in output.windows if window.heart_rate.value is not None]
        assert len(rates) >= 3
        assert all(abs(rate - 750) < 20 for rate in rates)


NORMAL: dict[str, make.FloatArray] = {
    "steps of 20 uV": np.round(_ecg() / 0.02) * 0.02,
    "without any noise": make.lead(SECONDS, make.regular(SECONDS, 0.8)),
    "without any noise, 40/min": make.lead(SECONDS, make.regular(SECONDS, 1.5)),
    "mains from a time on": _ecg() + np.where(_time() > 20, _hum(50, 0.15)(_time()), 0),
    "muscle noise": _ecg() + np.where((_time() > 20) & (_time() < 30), _noise(SECONDS * make.RATE, 0.08), 0),
    "steps of the electrode": _ecg() + np.where(_time() > 20.2, 2.0, 0) - np.where(_time() > 33.3, 3.0, 0),
    "wander of 3 mV": _ecg() + 3 * np.sin(1.7 * _time()),
    "offset of 200 mV": _ecg() + 200,
    "a fifth as high": 0.2 * _ecg() + _noise(SECONDS * make.RATE, 0.003, 9),
    "three times as high": 3 * _ecg(),
}


@pytest.mark.parametrize("name", sorted(NORMAL))
def test_a_signal_is_not_lost(name: str) -> None:
    output = make.run(NORMAL[name])
    assert [window.end for window in output.windows][:5] == [2500, 5000, 7500, 10000, 12500]
    bpm = 40 if "40" in name else 75
    rates = [window.heart_rate.value for window in output.windows]
    assert sum(rate is not None and abs(rate / 10 - bpm) < 3 for rate in rates) >= 5


def test_the_chain_says_that_contact_is_lost() -> None:
    ecg = make.pipeline()
    output = make.Output()
    contact = []
    for piece in (_ecg()[:2500], np.zeros(500), _ecg()[:1000]):
        make.push(ecg, make.counts(piece), output, 50)
        contact.append(ecg.has_contact)
    ecg.flush()
    assert contact == [True, False, True]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_beat_that_a_jump_hides_or_makes_does_not_change_the_rate(seed: int) -> None:
    """Jumps that fade within half a second, anywhere; without them the rate is the mean of all intervals."""
    rng = np.random.default_rng(seed)
    t = _time()
    signal = _ecg()
    for at in np.arange(4.0, 54.0, 6.5) + rng.uniform(0, 2, 8):
        height = rng.choice([-1, 1]) * rng.uniform(1.2, 2.5)
        signal += np.where(t >= at, height * np.exp(-np.maximum(t - at, 0) / rng.uniform(0.25, 0.5)), 0)
    rates = [window.heart_rate.value for window in make.run(signal).windows]
    assert sum(rate is not None for rate in rates) >= 4
    assert all(rate is None or abs(rate - 750) < 20 for rate in rates)


@pytest.mark.parametrize("length", [0.06, 0.1, 0.13, 0.2, 0.3])
@pytest.mark.parametrize("held", [False, True])
def test_a_packet_that_was_lost_hides_a_beat_without_a_pause_or_a_block(length: float, held: bool) -> None:
    """Zeros, or the last value, in place of samples that hold a complex, of each fifth beat."""
    signal = _ecg() + _noise(SECONDS * make.RATE, 0.006, 4)
    for r in make.regular(SECONDS, 0.8)[4::5]:
        first = round((r - length / 2) * make.RATE)
        signal[first : first + round(length * make.RATE)] = signal[first - 1] if held else 0
    output = make.run(signal)
    rates = [window.heart_rate for window in output.windows]
    assert all(rate.value is None or abs(rate.value - 750) <= 10 + (rate.u95 or 0) for rate in rates)
    assert sum(rate.value is not None for rate in rates) >= 4
    blocks = wire.RHYTHM_P_WITHOUT_QRS | wire.RHYTHM_AV_BLOCK_SECOND_DEGREE | wire.RHYTHM_PAUSE
    assert not any(window.flags & blocks for window in output.windows)


@pytest.mark.parametrize(
    ("step_mv", "noise_mv"), [(0.004, 0.006), (0.00488, 0.008), (0.01, 0.015), (0, 0.05), (0, 0.1)]
)
def test_a_packet_lost_in_a_coarse_or_noisy_lead_does_not_lower_the_rate(step_mv: float, noise_mv: float) -> None:
    """Where the lead never moves by 2 or 3 µV, either."""
    signal = _ecg() + _noise(SECONDS * make.RATE, noise_mv, 1)
    if step_mv:
        signal = np.round(signal / step_mv) * step_mv
    for r in make.regular(SECONDS, 0.8)[4::5]:
        first = round((r - 0.1) * make.RATE)
        signal[first : first + 50] = signal[first - 1]
    rates = [window.heart_rate.value for window in make.run(signal).windows]
    assert sum(rate is not None for rate in rates) >= 4
    assert all(rate is None or abs(rate - 750) <= 10 for rate in rates)


@pytest.mark.parametrize(("rr", "low_mv", "high_mv"), [(1.2, 0.0005, 0.003), (1.1, 0.0015, 0.012), (1.3, 0.001, 0.006)])
def test_a_pause_in_a_quiet_stretch_after_noise_is_no_lost_packet(rr: float, low_mv: float, high_mv: float) -> None:
    """Noise of muscles comes and goes each 6 s; each sixth beat does not come."""
    beats = [r for i, r in enumerate(make.regular(SECONDS, rr)) if i % 6 != 4]
    envelope = np.where((_time() // 6) % 2 == 0, high_mv, low_mv)
    signal = make.lead(SECONDS, beats, qt=0.36) + envelope * _noise(SECONDS * make.RATE, 1.0, 1)
    windows = make.run(np.asarray(signal)).windows
    assert sum(window.flags & wire.RHYTHM_PAUSE > 0 for window in windows) >= len(windows) - 1
    rates = [window.heart_rate.value for window in windows]
    assert all(rate is None or rate <= 600 / rr for rate in rates)


@pytest.mark.parametrize("rr", [0.45, 0.52, 0.6, 0.9, 1.2])
@pytest.mark.parametrize("lost", [(1,), (2, 3), (0, 3, 5)])
def test_packets_lost_before_the_usual_interval_is_known_lower_no_rate(rr: float, lost: tuple[int, ...]) -> None:
    """Two of 0.55 s are as long as what is usual while nothing is known."""
    signal = _ecg(rr) + _noise(SECONDS * make.RATE, 0.006, 4)
    for k in lost:
        first = round((make.regular(SECONDS, rr)[k] - 0.05) * make.RATE)
        signal[first : first + 26] = signal[first - 1]
    rates = [window.heart_rate for window in make.run(signal).windows]
    assert all(rate.value is None or abs(rate.value - 600 / rr) <= 10 + (rate.u95 or 0) for rate in rates)
    assert sum(rate.value is not None for rate in rates) >= 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_levels_that_filters_of_a_recorder_leave_are_no_lost_packets(seed: int) -> None:
    """Two in each interval of a quiet lead: fibrillation keeps its intervals."""
    rng = np.random.default_rng(seed)
    times = 0.5 + np.cumsum(rng.uniform(0.45, 1.1, 75))
    times = times[times < SECONDS - 0.5]
    signal = make.lead(SECONDS, [float(r) for r in times], qt=0.34, p_mv=0.0) + _noise(
        SECONDS * make.RATE, 0.0018, seed
    )
    for before, r in itertools.pairwise(times):
        for at in (before + 0.37, r - 0.08):
            first = round(at * make.RATE)
            signal[first - 15 : first] = signal[first - 16]
    windows = make.run(np.asarray(signal)).windows
    assert sum(window.flags & wire.RHYTHM_IRREGULAR > 0 for window in windows) >= 5
    assert all(window.heart_rate.value is not None for window in windows[:5])


@pytest.mark.parametrize("step_mv", [0.0, 0.005, 0.02])
def test_a_missing_beat_of_a_recorder_with_levels_is_still_an_interval(step_mv: float) -> None:
    """Without noise, or stored coarsely, a lead is level between beats; a beat that does not come is none then, too."""
    beats = [r for i, r in enumerate(make.regular(SECONDS, 1.2)) if i % 6 != 4]
    signal = make.lead(SECONDS, beats, qt=0.36)
    if step_mv:
        signal = np.round((signal + _noise(len(signal), 0.004)) / step_mv) * step_mv
    output = make.run(np.asarray(signal))
    assert sum(window.flags & wire.RHYTHM_PAUSE > 0 for window in output.windows) >= 4


def _at(every: float, rng: np.random.Generator) -> make.FloatArray:
    at = rng.uniform(2, 4) + np.cumsum(every * np.exp(0.3 * rng.standard_normal(200)))
    return np.asarray(at[at < SECONDS - 2])


def _loose(signal: make.FloatArray, every: float, mv: float, rng: np.random.Generator) -> make.FloatArray:
    found = signal.copy()
    for begin in _at(every, rng):
        first = round(begin * make.RATE)
        length = round(rng.uniform(0.1, 0.4 * every) * make.RATE)
        found[first : first + length] = rng.choice([-mv, mv]) + 0.3 * signal[first : first + length]
    return found


def _jumps(signal: make.FloatArray, every: float, mv: float, rng: np.random.Generator) -> make.FloatArray:
    return signal + sum(np.where(_time() >= begin, rng.choice([-mv, mv]), 0.0) for begin in _at(every, rng))


def _discharges(signal: make.FloatArray, every: float, mv: float, rng: np.random.Generator) -> make.FloatArray:
    t, fades = _time(), rng.choice([0.004, 0.02, 0.1, 0.3])
    steps = (np.where(t >= at, mv * np.exp(-np.maximum(t - at, 0) / fades), 0.0) for at in _at(every, rng))
    return signal + sum(steps)


@pytest.mark.parametrize("trouble", [_loose, _jumps, _discharges])
@pytest.mark.parametrize("every", [1.1, 2.3, 4.1])
@pytest.mark.parametrize("mv", [1.5, 4.0, 11.0])
def test_a_loose_electrode_makes_no_rate_that_is_wrong_without_a_sign(
    trouble: Callable[[make.FloatArray, float, float, np.random.Generator], make.FloatArray], every: float, mv: float
) -> None:
    answered = 0
    for seed, rr in enumerate((0.55, 1.1)):
        rng = np.random.default_rng(seed)
        for window in make.run(trouble(_ecg(rr), every, mv, rng)).windows:
            rate = window.heart_rate
            if rate.value is None:
                continue
            assert rate.reason or abs(rate.value - 600 / rr) <= rate.u95 + 5, (rr, window.end)
            answered += 1
            of_shapes = wire.RHYTHM_FREQUENT_ECTOPY | wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA | wire.RHYTHM_PAUSE
            assert window.qrs.reason != wire.REASON_POOR_CONTACT or not window.flags & of_shapes
    assert answered > 0 or every < 2


@pytest.mark.parametrize("rest", [4.0, 9.0, 25.0])
def test_nothing_is_looked_for_beyond_the_ring(rest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies so long before a beat has been written over: levels and sharp bends there are others."""
    seen: list[int] = []
    was_flat, judge = Contact.was_flat, Disturbances.judge

    def flat(self: Contact, uv: array[int], begin: int, end: int) -> bool:
        seen.append(end - begin)
        return was_flat(self, uv, begin, end)

    def disturbed(self: Disturbances, uv: array[int], r: int, rr: int, rough_uv: int, quality: int) -> bool:
        seen.append(rr)
        return judge(self, uv, r, rr, rough_uv, quality)

    monkeypatch.setattr(Contact, "was_flat", flat)
    monkeypatch.setattr(Disturbances, "judge", disturbed)
    beats = make.regular(20, 0.8)
    beats += make.regular(SECONDS, 0.8, beats[-1] + rest)
    output = make.run(_jumped(beats, [], 1.0))
    assert any(beat.rr_ms is not None and beat.rr_ms > 900 * rest for beat in output.beats)
    # a beat is finished 1.2 s after its R at the earliest
    assert 0 < max(seen) <= MASK - 0.9 * make.RATE


@pytest.mark.parametrize("usual", [1, 5, 7, 20])
def test_how_sharply_complexes_bend_is_learned_from_the_lowest_too(usual: int) -> None:
    """An electrode that was dry at first: nothing of what comes later is a disturbance for ever."""
    judge = Disturbances()
    ring = array("i", bytes(4 * (MASK + 1)))
    found = []
    for beat in range(80):
        r = 200 + 200 * beat
        ring[r & MASK] = usual if beat < 10 else 400
        ring[(r - 200) & MASK] = 0
        found.append(judge.judge(ring, r, 200, 2, 90))
    assert not any(found[:10])
    assert any(found)
    assert not any(found[60:])


@pytest.mark.parametrize("mv", [0.7, 1.5])
def test_a_pause_with_a_jump_in_it_makes_no_rate_without_a_sign(mv: float) -> None:
    """Each seventh interval is three usual ones: it may hide beats, or none."""
    beats, at, jumps = [], 0.5, []
    while at < SECONDS - 1:
        beats.append(at)
        if len(beats) % 7 == 0:
            jumps.append(at + 1.3)
        at += 2.4 if len(beats) % 7 == 0 else 0.8
    lead = make.lead(SECONDS, beats)
    steps = (np.where(_time() >= jump, mv * (-1) ** k, 0.0) for k, jump in enumerate(jumps))
    windows = make.run(lead + sum(steps) + _noise(len(lead), 0.005)).windows
    for window in windows:
        rate = window.heart_rate
        assert rate.value is None or rate.reason or 500 <= rate.value <= 640


def _jumped(beats: list[float], jumps: list[float], mv: float) -> make.FloatArray:
    steps = (np.where(_time() >= jump, mv * (-1) ** k, 0.0) for k, jump in enumerate(jumps))
    return np.asarray(make.lead(SECONDS, beats, qt=0.36) + sum(steps) + _noise(SECONDS * make.RATE, 0.005))


@pytest.mark.parametrize("mv", [0.7, 2.0, 6.0])
@pytest.mark.parametrize("bpm", [15, 18, 19.5])
def test_a_slow_heart_between_jumps_has_pauses(bpm: float, mv: float) -> None:
    beats = make.regular(SECONDS, 60 / bpm)
    phases = np.random.default_rng(3).uniform(0.2, 0.8, len(beats))
    windows = make.run(_jumped(beats, [r + 60 / bpm * x for r, x in zip(beats, phases, strict=True)], mv)).windows
    assert {window.heart_rate.value for window in windows} == {None}
    assert all(window.flags & wire.RHYTHM_PAUSE for window in windows[4:] if window.beats >= 3)
    assert sum(window.flags & wire.RHYTHM_PAUSE > 0 for window in windows) >= 2


@pytest.mark.parametrize("mv", [0.7, 1.5, 4.0])
@pytest.mark.parametrize("rr", [0.6, 0.85, 1.2])
@pytest.mark.parametrize("jump", [2.1, 2.5])
def test_a_pause_beside_jumps_is_reported(jump: float, rr: float, mv: float) -> None:
    """Each eighth interval has 3.4 s; a jump in it, and jumps beside every second beat, say nothing against that."""
    beats, at, jumps, ends = [], 0.5, [], []
    while at < SECONDS - 2:
        beats.append(at)
        pause = len(beats) % 8 == 7
        if at > 12 and (pause or len(beats) % 2):
            jumps.append(at + (jump if pause else 0.45 * rr))
        at += 3.4 if pause else rr
        ends += [at] if pause and at < 54 else []
    windows = make.run(_jumped(beats, jumps, mv)).windows
    assert any(window.qrs.reason == wire.REASON_POOR_CONTACT for window in windows)
    spans = [(window.end / make.RATE - window.span_ms / 1000, window.end / make.RATE + 0.5)
             for window in windows if window.flags & wire.RHYTHM_PAUSE]  # fmt: skip
    for end in ends:
        assert any(begin < end < until for begin, until in spans)


@pytest.mark.parametrize("rr", [0.6, 0.85, 1.2])
@pytest.mark.parametrize("mv", [0.7, 1.5, 4.0])
@pytest.mark.parametrize("rest", [2.2, 2.8, 6.5])
def test_a_jump_in_a_pause_takes_no_lead_off(rest: float, mv: float, rr: float) -> None:
    """A beat was due before it: nothing comes for 1.7 RR, and for `rest` seconds behind the jump."""
    beats = make.regular(20, rr)
    jump = beats[-1] + 1.7 * rr
    beats += [r for r in make.regular(SECONDS, rr, jump + rest) if r < SECONDS - 0.3]
    windows = make.run(_jumped(beats, [jump], mv)).windows
    assert not any(window.reason == wire.REASON_LEAD_OFF for window in windows)
    if rest + 1.7 * rr > 3.1:
        assert any(window.flags & wire.RHYTHM_PAUSE for window in windows)
    assert any(window.flags & wire.RHYTHM_ASYSTOLE for window in windows) == (rest > 5)


def _off_from(lead: make.FloatArray, begin: float, mv: float) -> make.FloatArray:
    """An electrode that jumps off: a level, and the noise of an open lead that is held."""
    first = round(begin * make.RATE)
    lead[first:] = mv + _noise(len(lead) - first, 0.002)
    return lead


@pytest.mark.parametrize("rr", [0.33, 0.4, 0.45, 0.5, 0.6, 0.8])
def test_an_electrode_that_jumps_off_a_fast_heart_is_no_standstill(rr: float) -> None:
    """Beats before a jump are known later than the jump: none is taken for overdue meanwhile, in any phase."""
    beats = make.regular(SECONDS, rr)
    beat = next(r for r in beats if r > 18)
    for tenth in range(10):
        lead = make.lead(SECONDS, beats, qt=0.36 * rr**0.5) + _noise(SECONDS * make.RATE, 0.004)
        windows = make.run(_off_from(lead, beat + (tenth + 0.5) / 10 * rr, 1.5)).windows
        assert any(window.reason == wire.REASON_LEAD_OFF for window in windows)
        assert not any(window.flags & (wire.RHYTHM_ASYSTOLE | wire.RHYTHM_PAUSE) for window in windows)


@pytest.mark.parametrize("seed", range(8))
def test_an_electrode_that_jumps_off_an_irregular_heart_is_no_standstill(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beats = [r for r in 0.5 + np.cumsum(rng.gamma(12, 0.042, 2 * SECONDS)) if r < SECONDS - 0.3]
    lead = make.lead(SECONDS, beats, qt=0.3, p_mv=0) + _noise(SECONDS * make.RATE, 0.01)
    windows = make.run(_off_from(lead, 20 + rng.random(), 1.5)).windows
    assert any(window.reason == wire.REASON_LEAD_OFF for window in windows)
    assert not any(window.flags & wire.RHYTHM_ASYSTOLE for window in windows)


@pytest.mark.parametrize("rr", [0.8, 1.4, 1.7, 1.9])
def test_an_interval_in_which_a_disturbance_hides_a_beat_is_no_pause(rr: float) -> None:
    """Contact is lost for 0.4 s at each second beat, or each third: what is left seems half as fast, and regular."""
    for every in (2, 3):
        signal = make.lead(SECONDS, make.regular(SECONDS, rr), qt=0.36) + _noise(SECONDS * make.RATE, 0.005)
        for r in make.regular(SECONDS, rr)[3::every]:
            first = round((r - 0.2) * make.RATE)
            signal[first : first + 100] = 3 + _noise(100, 0.01)
        assert not any(window.flags & (wire.RHYTHM_PAUSE | wire.RHYTHM_ASYSTOLE) for window in make.run(signal).windows)


def test_disturbances_beside_many_beats_are_a_caution_and_beside_few_none() -> None:
    often, rare = _ecg(), _ecg()
    for k, r in enumerate(make.regular(SECONDS, 0.8)):
        level = round((r + 0.4) * make.RATE)
        often[level:] += 0.7 * (-1) ** k
        rare[level:] += 0.7 * (-1) ** k if k % 8 == 0 else 0
    for signal, reason in ((often, wire.REASON_POOR_CONTACT), (rare, 0), (_ecg(), 0)):
        windows = make.run(signal).windows
        numbers = [measure for window in windows[1:5] for measure in (window.heart_rate, window.rr, window.qrs)]
        assert {measure.reason for measure in numbers} == {reason}
        assert all(abs((window.heart_rate.value or 0) - 750) <= 5 for window in windows[1:5])
        assert not any(window.flags for window in windows)


@pytest.mark.parametrize("mv", [1.2, -1.0, 0.7])
@pytest.mark.parametrize("every", [3, 4, 5, 7])
def test_a_narrow_complex_among_wide_ones_is_no_disturbance(every: int, mv: float) -> None:
    beats = make.regular(SECONDS, 0.8)
    narrow = beats[every - 1 :: every]
    signal = make.lead(SECONDS, narrow, qrs=0.07, p_mv=0.0, qt=0.36) + _noise(SECONDS * make.RATE, 0.005)
    for r in set(beats) - set(narrow):
        signal += make.bump(_time(), r - 0.065, r + 0.065, mv) + make.bump(_time(), r + 0.18, r + 0.42, -mv / 3)
    windows = make.run(signal).windows
    measures = [measure for window in windows for measure in (window.heart_rate, window.qrs)]
    assert not any(measure.reason == wire.REASON_POOR_CONTACT for measure in measures)
    assert all(abs((window.heart_rate.value or 0) - 750) <= 5 for window in windows[1:])


@pytest.mark.parametrize("kind", ["bigeminy", "fibrillation", "pauses"])
def test_uneven_rhythms_have_no_disturbance(kind: str) -> None:
    """Every interval of these counts: none is left out, none makes the rate less certain."""
    rng = np.random.default_rng(3)
    steps = {"bigeminy": [0.6, 1.1], "fibrillation": list(rng.uniform(0.5, 1.1, 97)), "pauses": [0.8] * 6 + [1.7]}[kind]
    beats = [0.5]
    while beats[-1] < SECONDS - 1.5:
        beats.append(beats[-1] + steps[len(beats) % len(steps)])
    signal = make.lead(SECONDS, beats, qt=0.36) + _noise(SECONDS * make.RATE, 0.005)
    windows = make.run(np.asarray(signal)).windows
    rates = [window.heart_rate for window in windows]
    assert sum(rate.value is not None for rate in rates) >= 5
    assert wire.REASON_POOR_CONTACT not in {rate.reason for rate in rates}
    expected = 600 * (len(beats) - 1) / (beats[-1] - beats[0])
    assert np.mean([rate.value for rate in rates if rate.value is not None]) == pytest.approx(expected, rel=0.03)
