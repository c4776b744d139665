"""Beats with a shape: excitations become waves, a pulse and their ground truth."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ..base import FloatArray
from .rhythm import LEAD_IN_S, Excitation, RhythmSource
from .settings import WearerSettings
from .truth import TruthBeat

#: The longest a wave or a pulse reaches before and after its R peak, s.
REACH_BEFORE_S = 0.8
REACH_AFTER_S = 2.0
#: Corners of the QRS as fractions of its duration: (onset, peak, end). Q ends before and S begins after the R peak, so
#: that R peaks exactly where it is said to.
_Q, _R, _S = (0.0, 0.18, 0.40), (0.14, 0.42, 0.74), (0.50, 0.72, 1.0)
_WIDE_R, _WIDE_S = (0.0, 0.36, 0.78), (0.46, 0.76, 1.0)
_T_PEAK = 0.58
_VENTRICULAR_QRS_MS = 150.0
#: From a pacemaker's pulse to the onset of the wave that it makes.
_LATENCY_S = 0.02
#: How fast QT follows RR: fraction of each new RR in the mean that QT adapts to.
_QT_MEMORY = 0.15


@dataclass(frozen=True)
class ShapedBeat:
    """A beat as waves: electrical (k, 4) in mV and optical (k, 4) in pulse amplitudes, see `kernels`."""

    truth: TruthBeat
    waves: FloatArray
    pulse: FloatArray


class BeatSource:
    """Endless sequence of shaped beats."""

    def __init__(self, settings: WearerSettings, seed: int) -> None:
        self._settings = settings
        self._rhythm = RhythmSource(settings, seed)
        self._slow_rr: float | None = None

    def next(self) -> ShapedBeat:
        """The next beat."""
        beat = self._rhythm.next()
        rr = min(beat.rr_s, 2.0)
        self._slow_rr = rr if self._slow_rr is None else self._slow_rr + _QT_MEMORY * (rr - self._slow_rr)
        truth = self._fiducials(beat, self._slow_rr)
        return ShapedBeat(truth, self._waves(truth), self._pulse(truth, beat))

    def _fiducials(self, beat: Excitation, slow_rr: float) -> TruthBeat:
        settings = self._settings
        ventricular = beat.kind in "V/"
        qrs = max(_VENTRICULAR_QRS_MS, settings.qrs_ms + 40.0) if ventricular else settings.qrs_ms
        r_fraction = _WIDE_R[1] if ventricular else _R[1]
        qt = settings.qt_ms if settings.qt_ms is not None else settings.qtc_ms * slow_rr ** (1.0 / 3.0)
        qt += qrs - settings.qrs_ms
        qrs_on = beat.r - r_fraction * qrs / 1000.0
        qrs_off = qrs_on + qrs / 1000.0
        t_off = qrs_on + qt / 1000.0
        t_on = max(t_off - settings.t_ms / 1000.0, qrs_off + 0.01)
        p_on, p_peak, p_off = self._p_wave(beat, qrs_on)
        return TruthBeat(
            kind=beat.kind, r=beat.r, p_on=p_on, p_peak=p_peak, p_off=p_off, qrs_on=qrs_on, qrs_off=qrs_off,
            t_on=t_on, t_peak=t_on + _T_PEAK * (t_off - t_on), t_off=t_off, rr_s=beat.rr_s,
            pulse_s=beat.r + settings.pulse_transit_s, spikes=self._spikes(beat, p_on, qrs_on),
        )  # fmt: skip

    def _p_wave(self, beat: Excitation, qrs_on: float) -> tuple[float, float, float] | tuple[None, None, None]:
        settings = self._settings
        without = beat.kind == "V" or settings.rhythm == "af" or settings.p_mv == 0.0
        if without or (beat.kind == "/" and settings.paces == "ventricle"):
            return None, None, None
        p_on = qrs_on - settings.pr_ms / 1000.0
        return p_on, p_on + settings.p_ms / 2000.0, p_on + settings.p_ms / 1000.0

    def _spikes(self, beat: Excitation, p_on: float | None, qrs_on: float) -> tuple[float, ...]:
        paces = self._settings.paces
        atrial = p_on is not None and beat.kind in "N/" and paces in ("atrium", "both")
        stimulated = [p_on if atrial else None, qrs_on if beat.kind == "/" else None]
        return tuple(onset - _LATENCY_S for onset in stimulated if onset is not None)

    def _waves(self, truth: TruthBeat) -> FloatArray:
        settings = self._settings
        # excited from the apex of the right ventricle, the heart points away from this lead: deep where ectopy is tall
        turn = {"V": 1.0, "/": -1.0}.get(truth.kind, 0.0)
        t_mv = -1.3 * turn * settings.t_mv if turn else settings.t_mv
        rows = [(truth.t_on, truth.t_peak, truth.t_off, t_mv)]
        if truth.p_on is not None and truth.p_peak is not None and truth.p_off is not None:
            # an ectopic P starts elsewhere in the atrium: flatter
            amplitude = settings.p_mv * (0.7 if truth.kind == "S" else 1.0)
            rows.append((truth.p_on, truth.p_peak, truth.p_off, amplitude))
        for corners, amplitude in self._qrs_parts(turn):
            on, peak, off = (truth.qrs_on + fraction * (truth.qrs_off - truth.qrs_on) for fraction in corners)
            rows.append((on, peak, off, amplitude))
        return np.array(rows)

    def _qrs_parts(self, turn: float) -> list[tuple[tuple[float, float, float], float]]:
        settings = self._settings
        if turn:
            return [(_WIDE_R, 1.3 * turn * settings.r_mv), (_WIDE_S, -0.6 * turn * settings.r_mv)]
        # without Q or S the R wave itself makes the edge of the complex
        r = (_R[0] if settings.q_mv else 0.0, _R[1], _R[2] if settings.s_mv else 1.0)
        return [(_Q, settings.q_mv), (r, settings.r_mv), (_S, settings.s_mv)]

    def _pulse(self, truth: TruthBeat, beat: Excitation) -> FloatArray:
        # a heart that filled for less time throws less blood; a ventricular beat throws it badly
        filling = min(max(beat.rr_s / beat.basic_rr_s, 0.2), 1.5)
        amplitude = filling**0.6 * (0.5 if beat.kind == "V" else 1.0)
        stretch = (min(max(beat.basic_rr_s, 0.35), 1.4) / 0.85) ** 0.5
        foot = truth.pulse_s
        corners = ((0.0, 0.15, 0.62, 0.93 * amplitude), (0.22, 0.40, 0.95, 0.34 * amplitude))
        return np.array([[*(foot + at * stretch for at in (on, peak, off)), size] for on, peak, off, size in corners])


class BeatWindow:
    """The beats around the times asked for; going back starts anew, so that memory stays bounded."""

    def __init__(self, settings: WearerSettings, seed: int) -> None:
        self._settings, self._seed = settings, seed
        self._restart()

    def _restart(self) -> None:
        self._source = BeatSource(self._settings, self._seed)
        self._beats: deque[ShapedBeat] = deque()
        self._forgotten = -np.inf
        self._last_r = -LEAD_IN_S

    def between(self, start_s: float, end_s: float) -> list[ShapedBeat]:
        """Beats whose R peak may reach into [start_s, end_s] with a wave or a pulse."""
        oldest = start_s - REACH_AFTER_S
        if oldest <= self._forgotten:
            self._restart()
        while self._last_r <= end_s + REACH_BEFORE_S:
            beat = self._source.next()
            self._last_r = beat.truth.r
            self._beats.append(beat)
            self._forget(oldest)
        self._forget(oldest)
        return [beat for beat in self._beats if beat.truth.r <= end_s + REACH_BEFORE_S]

    def _forget(self, oldest: float) -> None:
        while self._beats and self._beats[0].truth.r < oldest:
            self._forgotten = self._beats.popleft().truth.r
