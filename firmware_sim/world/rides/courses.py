"""Courses: what happens on a ride, with the sizes that were measured or published.

Crashes are half-sines: a rider stops over 0.02 to 0.33 m (mean 0.18 m), so 57 g for 28 ms from 10 m/s (Wood and
Doody); heads in tested motorcycle crashes reach 134 g at 7.7 m/s (the `mcycle` data, Schmidt et al. 1981); crash tests
of a scooter show 10 to 14 g for 250 to 375 ms and 70 to 89 degrees of tilt. A dropped helmet falls for 0.45 s from 1 m,
and its liner stops it within 10 to 20 mm: 100 to 200 g for 10 ms, the size of a crash. Bumps and potholes of cars have
1.2 to 2.9 g; heads in daily life up to 28 g for 10 ms; roller-coasters 4 g for seconds; ski landings 1.1 to 5.3 body
weights.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .track import Track

Make = Callable[[Track, np.random.Generator], None]
_UP = (0.0, 1.0, 0.0)
_BACK = (0.0, 0.0, -1.0)


def course(name: str, seed: int) -> Track:
    """The track of a course; the same for the same seed."""
    track = Track()
    number = list(COURSES).index(name)
    COURSES[name](track, np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,)))))
    return track


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _put_on(track: Track, rng: np.random.Generator) -> None:
    """A few seconds with the engine idling, then off."""
    start = track.end_s
    track.go(_between(rng, 8, 12))
    track.shake(start, track.end_s, _between(rng, 0.03, 0.08), 20.0, 40.0)


def _ride(track: Track, rng: np.random.Generator, seconds: float, speed_m_s: float, rough: float = 1.0) -> None:
    """Speed up, hold a speed with turns, on a road of some roughness: engine, wheels, wind."""
    start = track.end_s
    track.go(max(3.0, speed_m_s / 2.5), speed_m_s)
    end = track.end_s + seconds
    while track.end_s < end:
        track.go(_between(rng, 4, 10), speed_m_s * _between(rng, 0.9, 1.1))
        if rng.random() < 0.4:
            track.go(_between(rng, 3, 6), turn_deg=_between(rng, -70, 70))
    track.shake(start, track.end_s, rough * _between(rng, 0.08, 0.16), 2.0, 14.0)
    track.shake(start, track.end_s, rough * _between(rng, 0.05, 0.15), 20.0, 200.0)
    for at in np.arange(start + 5, track.end_s - 3, _between(rng, 6, 14)):
        track.jolt(float(at) + _between(rng, 0, 3), rough * _between(rng, 0.3, 0.9), (0.1, 1.0, 0.2), 0.03)


def _lie(track: Track, rng: np.random.Generator, seconds: float, moves: bool = False) -> None:
    """On the ground; who is awake moves a little now and then."""
    start = track.end_s
    track.go(seconds, 0.0)
    if moves:
        for at in np.arange(start + 4, track.end_s - 2, _between(rng, 4, 9)):
            track.shake(float(at), float(at) + 1.0, _between(rng, 0.03, 0.12), 1.0, 4.0)


def _tumble(track: Track, rng: np.random.Generator, at_s: float, count: int, peak_g: float) -> None:
    """Further blows against the ground, each weaker, half a second apart or so."""
    for number in range(count):
        at_s += _between(rng, 0.35, 0.8)
        axis = tuple(float(v) for v in rng.normal(size=3))
        track.jolt(at_s, peak_g * 0.5**number, (axis[0], axis[1], axis[2]), _between(rng, 0.006, 0.02))


def commute(track: Track, rng: np.random.Generator) -> None:
    """Ten minutes of streets: turns, stops, bumps, potholes, a kerb, hard braking; nothing happens."""
    _put_on(track, rng)
    while track.end_s < 600:
        _ride(track, rng, _between(rng, 15, 50), _between(rng, 6, 17), _between(rng, 0.7, 1.8))
        what = rng.random()
        if what < 0.3:
            _hole(track, rng)
        elif what < 0.45:
            _kerb(track, rng)
        elif what < 0.6:
            _brake(track, rng)
        track.go(_between(rng, 4, 7), 0.0)
        start = track.end_s
        track.go(_between(rng, 5, 25))
        track.shake(start, track.end_s, 0.05, 20.0, 40.0)


def _hole(track: Track, rng: np.random.Generator) -> None:
    at = track.end_s + 0.8
    track.go(2.0)
    track.floats.append((at - 0.12, at - 0.06, at - 0.01, _between(rng, 0.3, 0.7)))
    track.jolt(at, _between(rng, 1.0, 2.6), (0.05, 1.0, 0.15), _between(rng, 0.02, 0.035))
    track.shake(at - 0.8, at + 1.2, 0.15, 5.0, 30.0)


def _kerb(track: Track, rng: np.random.Generator) -> None:
    at = track.end_s + 0.8
    track.go(2.0, 4.0)
    track.jolt(at, _between(rng, 2.0, 4.0), (0.0, 1.0, -0.5), _between(rng, 0.012, 0.025))
    track.jolt(at + 0.3, _between(rng, 1.5, 3.0), (0.0, 1.0, 0.1), _between(rng, 0.015, 0.03))


def _brake(track: Track, rng: np.random.Generator) -> None:
    speed = track.speed[-1][1]
    seconds = speed / (9.80665 * _between(rng, 0.65, 0.95))
    start = track.end_s
    track.turn(start, start + 0.3, -6.0, 0.0)
    track.go(max(0.8, seconds), speed * 0.05)
    track.turn(track.end_s, track.end_s + 0.4, 6.0, 0.0)


def potholes(track: Track, rng: np.random.Generator) -> None:
    """A bad road with eight potholes."""
    _put_on(track, rng)
    for _ in range(8):
        _ride(track, rng, 8, _between(rng, 8, 14), 1.4)
        _hole(track, rng)
    _lie(track, rng, 10)


def kerbs(track: Track, rng: np.random.Generator) -> None:
    """Up and down kerbs at walking pace."""
    _put_on(track, rng)
    for _ in range(5):
        _ride(track, rng, 6, 4.5)
        _kerb(track, rng)
    _lie(track, rng, 10)


def hard_braking(track: Track, rng: np.random.Generator) -> None:
    """Three stops as hard as tyres let."""
    _put_on(track, rng)
    for _ in range(3):
        _ride(track, rng, 8, _between(rng, 12, 18))
        _brake(track, rng)
        track.go(6.0, 0.0)
    _lie(track, rng, 10)


def wheelie(track: Track, rng: np.random.Generator) -> None:
    """The front wheel in the air for three seconds, twice, and down with a bump."""
    _put_on(track, rng)
    for _ in range(2):
        _ride(track, rng, 8, _between(rng, 8, 14))
        start, angle = track.end_s, _between(rng, 25, 45)
        track.turn(start, start + 1.0, angle, 0.0)
        track.go(5.0, track.speed[-1][1] * 1.2)
        track.turn(start + 3.5, start + 4.0, -angle, 0.0)
        track.jolt(start + 4.05, _between(rng, 1.5, 3.0), (0.0, 1.0, -0.2), 0.03)
    track.go(6.0, 0.0)
    _lie(track, rng, 10)


def helmet_on_table(track: Track, rng: np.random.Generator) -> None:
    """Taken off, carried, put down on a table, and left there; picked up again."""
    _carry(track, rng, 10)
    at = track.end_s
    track.go(1.0)
    track.jolt(at + 0.4, _between(rng, 0.8, 3.0), _UP, _between(rng, 0.004, 0.01))
    track.go(60.0)
    track.turn(track.end_s, track.end_s + 1.0, _between(rng, -40, 40), _between(rng, -40, 40))
    _carry(track, rng, 10)


def _carry(track: Track, rng: np.random.Generator, seconds: float) -> None:
    start = track.end_s
    track.go(seconds)
    track.shake(start, track.end_s, _between(rng, 0.12, 0.25), 1.6, 2.2)
    track.shake(start, track.end_s, 0.05, 4.0, 12.0)


def helmet_dropped(track: Track, rng: np.random.Generator) -> None:
    """Falls from the hand or the tank, 0.6 to 1.2 m, bounces once or twice, rolls and lies still."""
    _carry(track, rng, 15)
    height = _between(rng, 0.6, 1.2)
    fall = float(np.sqrt(2 * height / 9.80665))
    start = track.end_s
    hit = start + fall
    track.go(fall + 3.0)
    track.floats.append((start, start + 0.04, hit + 0.03, 1.0))
    track.turn(start, hit + 0.8, _between(rng, -150, 150), _between(rng, -150, 150))
    track.jolt(hit, _between(rng, 90, 190), (_between(rng, -1, 1), 1.0, _between(rng, -1, 1)), 0.005)
    track.floats.append((hit + 0.05, hit + 0.07, hit + 0.26, 0.9))
    track.jolt(hit + 0.28, _between(rng, 15, 45), (_between(rng, -1, 1), 1.0, _between(rng, -1, 1)), 0.005)
    track.happened.append(("drop", hit))
    track.go(40.0)


def thrown_into_bag(track: Track, rng: np.random.Generator) -> None:
    """Thrown a metre into a soft bag, which is then carried."""
    _carry(track, rng, 15)
    start = track.end_s
    track.jolt(start + 0.15, _between(rng, 1.0, 2.0), (0.2, 1.0, 0.6), 0.1)
    hit = start + 0.25 + _between(rng, 0.3, 0.45)
    track.floats.append((start + 0.25, start + 0.29, hit, 0.95))
    track.turn(start + 0.1, hit + 0.3, _between(rng, -200, 200), _between(rng, -90, 90))
    track.jolt(hit, _between(rng, 5, 14), (_between(rng, -1, 1), 1.0, _between(rng, -1, 1)), _between(rng, 0.015, 0.03))
    track.go(hit - start + 6.0)
    _carry(track, rng, 40)


def hung_on_bar(track: Track, rng: np.random.Generator) -> None:
    """Hangs on the handlebar and swings while the motorcycle is ridden slowly."""
    _put_on(track, rng)
    start = track.end_s
    _ride(track, rng, 40, 5.0)
    for at in np.arange(start, track.end_s - 1.5, 1.5):
        angle = _between(rng, 8, 22)
        track.turn(float(at), float(at) + 0.75, angle, angle / 3)
        track.turn(float(at) + 0.75, float(at) + 1.5, -angle, -angle / 3)
        track.jolt(float(at) + 0.7, _between(rng, 0.5, 2.2), (0.3, 0.2, 1.0), 0.01)
    track.go(4.0, 0.0)
    _lie(track, rng, 10)


def roller_coaster(track: Track, rng: np.random.Generator) -> None:
    """Drops near weightlessness, pull-outs of 3 to 4.5 g for seconds, corkscrews; then walking away."""
    track.go(20.0, 3.0)
    for _ in range(4):
        start = track.end_s
        float_s = _between(rng, 0.8, 1.6)
        track.go(float_s, 18.0)
        track.floats.append((start, start + 0.4, start + float_s, _between(rng, 0.7, 0.95)))
        pull = _between(rng, 1.5, 2.5)
        track.go(pull + 1.0)
        middle = start + float_s + pull / 2
        track.jolt(middle, _between(rng, 2.0, 3.5), _UP, pull / 2)
        track.shake(start, track.end_s, 0.2, 5.0, 25.0)
        roll = float(rng.choice([-360.0, 0.0, 360.0]))
        track.turn(track.end_s, track.end_s + 2.5, 0.0, roll)
        track.go(4.0, 12.0)
    track.jolt(track.end_s + 0.6, 1.0, _BACK, 0.5)
    track.go(5.0, 0.0)
    _carry(track, rng, 30)


def skiing(track: Track, rng: np.random.Generator) -> None:
    """Turns of one to two seconds on hard snow, two jumps, a stop."""
    track.go(10.0, 8.0)
    start = track.end_s
    for _ in range(16):
        track.go(_between(rng, 1.2, 2.2), _between(rng, 9, 14), _between(rng, 50, 80) * float(rng.choice([-1.0, 1.0])))
    for _ in range(2):
        at = track.end_s
        air = _between(rng, 0.35, 0.7)
        track.go(air + 3.0)
        track.floats.append((at, at + 0.08, at + air, 0.9))
        track.jolt(at + air + 0.05, _between(rng, 1.5, 4.5), (0.0, 1.0, -0.15), _between(rng, 0.05, 0.09))
    track.shake(start, track.end_s, _between(rng, 0.25, 0.5), 6.0, 30.0)
    track.go(4.0, 0.0)
    _carry(track, rng, 20)


def low_side(track: Track, rng: np.random.Generator) -> None:
    """The wheels slide away in a turn; the rider falls on the side and slides."""
    _put_on(track, rng)
    _ride(track, rng, 15, _between(rng, 9, 18))
    start, side = track.end_s, float(rng.choice([-1.0, 1.0]))
    hit = start + _between(rng, 0.5, 0.8)
    track.turn(start, hit + 0.2, _between(rng, -10, 20), side * _between(rng, 65, 95))
    track.floats.append((start + 0.1, (start + hit) / 2, hit, _between(rng, 0.4, 0.7)))
    track.jolt(hit, _between(rng, 15, 60), (side, 0.3, -0.3), _between(rng, 0.006, 0.014))
    slide = _between(rng, 1.2, 2.5)
    track.go(hit - start + slide, 0.0)
    track.shake(hit, hit + slide, _between(rng, 0.6, 1.5), 5.0, 40.0)
    track.turn(hit + 0.3, hit + slide, _between(rng, -60, 60), _between(rng, -40, 40))
    track.happened.append(("accident", hit))
    _lie(track, rng, 40, moves=bool(rng.random() < 0.5))


def high_side(track: Track, rng: np.random.Generator) -> None:
    """The rear wheel grips again: the rider is thrown over the machine, flies, hits the ground, tumbles."""
    _put_on(track, rng)
    _ride(track, rng, 15, _between(rng, 12, 22))
    start, side = track.end_s, float(rng.choice([-1.0, 1.0]))
    track.jolt(start + 0.15, _between(rng, 2.0, 4.0), (side, 0.8, 0.0), 0.12)
    air = _between(rng, 0.45, 0.75)
    hit = start + 0.3 + air
    track.floats.append((start + 0.3, start + 0.4, hit, 0.95))
    track.turn(start + 0.1, hit + 1.2, _between(rng, 180, 420), side * _between(rng, 120, 300))
    track.jolt(hit, _between(rng, 50, 150), (side, 0.5, -0.4), _between(rng, 0.004, 0.009))
    _tumble(track, rng, hit, 3, _between(rng, 8, 20))
    track.go(hit - start + 3.0, 0.0)
    track.happened.append(("accident", hit))
    _lie(track, rng, 40, moves=bool(rng.random() < 0.5))


def head_on(track: Track, rng: np.random.Generator) -> None:
    """Into something that does not move: the crush, the flight over it, the ground."""
    _put_on(track, rng)
    _ride(track, rng, 15, _between(rng, 9, 16))
    start, speed = track.end_s, track.speed[-1][1]
    if rng.random() < 0.6:
        track.go(0.6, speed * 0.7)
    hit = track.end_s + 0.05
    change = track.speed[-1][1] * _between(rng, 0.5, 0.9)
    half = _between(rng, 0.012, 0.025)
    peak = float(np.clip(change / (9.80665 * 2 * half * 2 / np.pi), 20, 190))
    track.jolt(hit, peak, (_between(rng, -0.2, 0.2), 0.1, -1.0), half)
    ground = hit + _between(rng, 0.5, 0.8)
    track.floats.append((hit + half, hit + 0.12, ground, 0.9))
    track.turn(hit, ground + 0.6, _between(rng, -300, -80), _between(rng, -120, 120))
    track.jolt(ground, min(peak * 0.6, _between(rng, 15, 60)), (0.2, 1.0, 0.3), _between(rng, 0.006, 0.015))
    _tumble(track, rng, ground, 2, _between(rng, 5, 15))
    track.go(ground - start + 3.0 - (track.end_s - start), 0.0)
    track.happened.append(("accident", hit))
    _lie(track, rng, 40)


def rear_end(track: Track, rng: np.random.Generator) -> None:
    """Waiting at a light, struck from behind by a car, thrown back onto its bonnet and down."""
    _put_on(track, rng)
    _ride(track, rng, 12, _between(rng, 9, 14))
    track.go(5.0, 0.0)
    track.go(6.0)
    start = track.end_s
    hit = start + 0.1
    track.jolt(hit, _between(rng, 12, 30), (0.0, 0.2, 1.0), _between(rng, 0.025, 0.04))
    ground = hit + _between(rng, 0.8, 1.1)
    track.floats.append((hit + 0.3, hit + 0.45, ground, 0.8))
    track.turn(hit, ground + 0.4, _between(rng, 60, 140), _between(rng, -60, 60))
    track.jolt(ground, _between(rng, 12, 50), (0.1, 0.6, -1.0), _between(rng, 0.006, 0.015))
    _tumble(track, rng, ground, 1, _between(rng, 4, 10))
    track.go(ground - start + 2.5, 0.0)
    track.happened.append(("accident", ground))
    _lie(track, rng, 40, moves=bool(rng.random() < 0.5))


def tip_over(track: Track, rng: np.random.Generator) -> None:
    """Stands still and falls over with the machine, slowly, no more than a bump at its end."""
    _put_on(track, rng)
    _ride(track, rng, 12, _between(rng, 6, 10))
    track.go(5.0, 0.0)
    track.go(4.0)
    start = track.end_s
    track.turn(start, start + 1.1, 0.0, float(rng.choice([-1.0, 1.0])) * _between(rng, 65, 80))
    track.jolt(start + 1.1, _between(rng, 0.4, 0.8), (1.0, 0.3, 0.0), 0.03)
    track.go(2.0)
    track.happened.append(("tip_over", start + 1.1))
    _lie(track, rng, 30)


def fall_from_standing(track: Track, rng: np.random.Generator) -> None:
    """On foot: walks, falls forward or backward, lies."""
    _carry(track, rng, 20)
    start = track.end_s
    hit = start + _between(rng, 0.6, 0.75)
    track.floats.append((start + 0.1, hit - 0.2, hit, _between(rng, 0.5, 0.85)))
    track.turn(start + 0.1, hit + 0.1, float(rng.choice([-1.0, 1.0])) * _between(rng, 70, 100), _between(rng, -20, 20))
    track.jolt(hit, _between(rng, 3, 8), (0.1, 0.3, -1.0), _between(rng, 0.02, 0.04))
    track.jolt(hit + 0.3, _between(rng, 0.8, 2.0), (0.3, 0.5, -1.0), 0.04)
    track.go(3.0, 0.0)
    track.happened.append(("fall", hit))
    _lie(track, rng, 30, moves=bool(rng.random() < 0.5))


#: All courses; those that end in a crash or a fall.
COURSES: dict[str, Make] = {
    make.__name__: make
    for make in (
        commute, potholes, kerbs, hard_braking, wheelie, helmet_on_table, helmet_dropped, thrown_into_bag, hung_on_bar,
        roller_coaster, skiing, low_side, high_side, head_on, rear_end, tip_over, fall_from_standing,
    )
}  # fmt: skip
CRASHES = frozenset(("low_side", "high_side", "head_on", "rear_end", "fall_from_standing"))
