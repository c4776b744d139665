"""Calls of every kernel with chance and extreme arguments; runs on CPython and MicroPython alike.

`digests(module)` gives a check sum of results and altered buffers by name: equal wherever the kernels are equal.
"""

from array import array
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

ROUNDS = 60
MICROVOLTS = 32767
_RING = 2048
_BEAT = 260


class Chance:
    """Reproducible numbers; every fourth drawing is of extremes."""

    def __init__(self, seed: int) -> None:
        self._state = seed * 77 % 65537 or 1

    def _next(self) -> int:
        self._state = self._state * 75 % 65537
        return self._state

    def number(self, low: int, high: int) -> int:
        """Within [low, high]."""
        return low + ((self._next() << 14) ^ self._next()) % (high - low + 1)

    def words(self, n: int, low: int, high: int, code: str = "i") -> "array[int]":
        """`n` values within [low, high]: chance, steps between the extremes, a slow swing, or a constant."""
        kind = self.number(0, 3)
        if kind == 0:
            return array(code, [self.number(low, high) for _ in range(n)])
        if kind == 1:
            return array(code, [low if self.number(0, 1) else high for _ in range(n)])
        if kind == 2:
            span = self.number(8, 90)
            return array(code, [low + abs(i % (2 * span) - span) * ((high - low) // span) for i in range(n)])
        return array(code, [self.number(low, high)] * n)

    def halves(self, n: int, low: int = -32767, high: int = 32767) -> "array[int]":
        """16-bit `words`."""
        return self.words(n, low, high, "h")

    def octets(self, n: int) -> bytearray:
        """Bytes, zeros among them."""
        return bytearray([self.number(0, 255) * self.number(0, 1) for _ in range(n)])


def _zeros(n: int) -> "array[int]":
    return array("i", bytes(4 * n))


def _uv(c: Chance) -> "array[int]":
    return c.words(_RING, 0, 65535, "H")


def _beat(c: Chance) -> "array[int]":
    return c.words(_BEAT, -2 * MICROVOLTS, 2 * MICROVOLTS)


def _normalised(c: Chance) -> "array[int]":
    return c.words(200, -1023, 1023)


def _ring_part(c: Chance) -> "list[Any]":
    start = c.number(0, 5000)
    return [c.halves(128), start, start + c.number(1, 40), 127]


def _vectors(c: Chance) -> "list[Any]":
    x, start, end, mask = _ring_part(c)
    return [x, c.halves(128), c.halves(128), start, end, mask, _zeros(3)]


def _motion_burst(c: Chance) -> bytearray:
    burst = c.octets(14 * 12)
    for i in range(24):
        burst[7 * i] = 8 << i % 2 if c.number(0, 5) else c.number(0, 255)
    return burst


def _filter(c: Chance) -> "list[Any]":
    n = c.number(1, 48)
    low = _zeros(128)
    energy = _zeros(64)
    state = _zeros(48)
    return [_uv(c), n, c.number(100, 99999), _RING - 1, low, energy, state]


def _knots(c: Chance) -> "array[int]":
    knots = c.words(72, -131071, 131071)
    for i in range(0, 72, 9):
        knots[i] = c.number(0, 1)
    return knots


def _follow_mains(c: Chance) -> "list[Any]":
    """Of steady mains as often as of chance."""
    knots = _knots(c)
    if c.number(0, 1):
        for i in range(72):
            knots[i] = 1 if i % 9 == 0 else knots[i % 9]
    state = c.words(23, -100000000, 100000000)
    state[1] = c.number(0, 24)
    state[8] = c.number(0, 2)
    for i in (0, 2, 5):
        state[i] = c.number(0, 100000000)
    energy = c.words(64, 0, 99999999)
    return [energy, c.number(16, 99999), c.number(0, 99999999), knots, c.number(0, 99), state]


def _mains_state(c: Chance) -> "array[int]":
    state = c.words(23, -131071, 131071)
    state[8] = c.number(1, 2)
    state[13] = c.number(0, 2)
    # a turn is as long as one in Q12
    sine = c.number(-3, 3)
    state[14] = (4096, 4032, 3784, 2896)[abs(sine)]
    state[15] = (0, 721, 1567, 2896, -2896, -1567, -721)[sine]
    return state


def _motion(c: Chance) -> "list[Any]":
    state = _zeros(26)
    state[0] = c.number(0, 999)
    state[13] = (1 << 30) - 1
    state[12] = -1
    for i in range(2, 5):
        state[i] = c.number(-16384 * 32, 16384 * 32)
        state[20 + i] = c.number(-32768, 32767)
    state[25] = c.number(0, 7)
    return [c.halves(60, -32768), c.halves(60, -32768), c.number(0, 5), c.number(1, 13), c.halves(128, 0), state]


def _light(c: Chance) -> "list[Any]":
    state = array("i", [c.number(64, 4 * 262143), c.number(0, 63), 0, c.number(0, 20), 0])
    light = c.halves(256)
    number = c.number(0, 99999)
    state[2] = sum([light[(number - 1 - k) & 255] for k in range(32)])
    return [c.number(0, 4 * 262143), number, light, c.halves(256), state]


def _upstrokes(c: Chance) -> "list[Any]":
    return [c.words(200, -2046, 2046), 200, c.number(0, 900), c.number(6, 12), _zeros(48), _zeros(48), 48]


def _pulse_upstrokes(c: Chance) -> "list[Any]":
    """Pulses of any amplitude with noise, now and then chance alone, after what came before."""
    rings = c.words(192, -2000, 2000)
    period = c.number(3000, 30000)
    taken = c.number(0, 4096) if c.number(0, 3) else 0
    state = array(
        "i", [taken, 1 - 2 * c.number(0, 1), c.number(0, 9999), c.number(0, 9999), period, c.number(0, 512000)]
    )
    if not c.number(0, 3):
        return [c.words(80, 0, 262143), 5, 30, rings, state, _zeros(8), 4]
    amplitude = c.number(1, 20000)
    every = c.number(15, 40)
    pairs = array("i", [40000 + amplitude * (i // 2 % every) // every + c.number(0, 9) for i in range(400)])
    return [pairs, c.number(0, 9), c.number(0, 190), rings, state, _zeros(8), c.number(1, 4)]


def _template_correlation(c: Chance) -> "list[Any]":
    count = c.number(0, 20)
    positions = array("i", [256 * 10 * i + c.number(0, 900) for i in range(20)])
    return [_normalised(c), 200, positions, count, 5, _zeros(11)]


def _fold(c: Chance) -> "list[Any]":
    positions = array("i", [256 * 9 * i + c.number(0, 900) for i in range(20)])
    return [_normalised(c), positions, c.number(0, 20), _zeros(32)]


def _wave_shape(c: Chance) -> "list[Any]":
    return [c.words(37, -255, 255), bytes([c.number(1, 255) for _ in range(32)])]


def _sharpness(c: Chance) -> "list[Any]":
    return [c.halves(256), c.halves(256), c.number(300, 9999), c.number(1, 200), 16, c.number(0, 6)]


def _band(c: Chance) -> "list[Any]":
    index = c.number(100, 99999)
    return [_uv(c), _RING - 1, index, index + c.number(10, 90), _zeros(80)]


def _spike(c: Chance) -> "list[Any]":
    """Counts with noise of any size, a slope, and now and then a spike of one to five samples."""
    if not c.number(0, 3):
        return [c.words(30, -8388608, 8388607), 8, 24, _zeros(3)]
    noise = c.number(0, 400)
    slope = c.number(-300, 300)
    counts = array("i", [slope * i + c.number(-noise, noise) for i in range(30)])
    index = c.number(6, 24)
    amplitude = c.number(-1, 1) * c.number(1000, 8 << c.number(8, 19))
    for k in range(c.number(1, 3)):
        counts[index + k] += amplitude >> k
        counts[index - k] += amplitude >> k
    return [counts, c.number(8, 10), c.number(20, 24), _zeros(3)]


def _block(c: Chance) -> "list[Any]":
    block = c.words(5, -8388608, 8388607)
    seen = c.words(6, 0, 99999)
    return [_uv(c), _RING - 1, c.number(0, 9999), c.number(1, 16), block, c.number(0, 9999999), seen, bytearray(9), 3]


def _contact(c: Chance) -> "list[Any]":
    """Counts with a state as `Contact` has it: undisturbed every other time."""
    reach = 1 << c.number(4, 23)
    state = array("i", [c.number(-1, 3) if c.number(0, 1) else 0 for _ in range(15)] + [0] * 5)
    state[5] = c.number(-1, 800)
    if c.number(0, 1):
        state[0] = state[6] = state[12] = -1
        state[2] = 0
    return [c.words(19, -reach, reach - 1), state]


def _waves(c: Chance) -> "list[Any]":
    """Waves about a period apart, some missing, others added."""
    period = c.number(40, 400)
    times = array("i", sorted([period * i + c.number(-12, 12) for i in range(1, 9)] + [c.number(0, 3000)]))
    spans = array("i", [c.number(-50, 50) + 150 * i for i in range(20)])
    return [times, 9, spans, 10, period + c.number(-9, 9), c.number(0, 8), 0, c.number(1000, 3000), _zeros(90), 80]


def _beat_products(c: Chance) -> "list[Any]":
    """Values of which some are missing, and where beats lie in them."""
    values = c.words(300, -1750, 1750)
    for i in range(0, 300, c.number(3, 30)):
        values[i] = 0
    beats = c.number(2, 9)
    values.extend(array("i", sorted([c.number(0, 299) for _ in range(beats)])))
    return [values, 300, beats, c.number(9, 18), c.number(1, 1750), c.number(4, 6), _zeros(4)]


def _resample(c: Chance) -> "list[Any]":
    begun = c.number(0, 103)
    state = array("i", [begun] + [begun * c.number(-32768, 32767) for _ in range(3)])
    state.append(c.number(0, 999))
    return [c.halves(60, -32768), c.number(0, 20), c.halves(48), state]


def _cancel(c: Chance) -> "list[Any]":
    state = c.words(36, -(1 << 20), 1 << 20)
    for i in range(8, 12):
        state[i] = c.number(0, 1 << 26)
    rings = c.halves(1280, -4095, 4095)
    return [c.words(4, -32767, 32767), c.number(0, 999) * c.number(0, 1), rings, state]


def _packed(c: Chance, most: int) -> "array[int]":
    """Words of two halves within `most`."""
    return array("i", [(c.number(-most, most) << 16) | (c.number(-most, most) & 0xFFFF) for _ in range(512)])


def _transform(c: Chance) -> "list[Any]":
    words = _packed(c, 16383)
    for i in range(1, 512, 2):
        words[i] = 0
    sines = bytearray()
    for i in range(384):
        # a sine by its parabola: any table will do
        k = i % 256
        value = k * (256 - k) * (-1 if i & 256 else 1)
        sines += bytes([value & 255, value >> 8 & 255])
    return [words, sines]


def _score(c: Chance) -> "list[Any]":
    inputs = c.number(2, 60)
    table = bytearray([inputs, c.number(10, 60)])
    for _ in range(inputs - 1):
        code = c.number(0, 2) * 152 + c.number(0, 16) + 4096 * c.number(0, 2)
        table += bytes([code & 255, code >> 8])
    numbers = 36 + 12 * inputs + 36 + 144 + 12
    table += bytes([c.number(0, 255) for _ in range(numbers)] + [c.number(0, 12), c.number(0, 12)])
    spectra = bytearray([c.number(0, 127) for _ in range(456)])
    scores = c.words(75, -200000, 200000)
    return [spectra, 14 + c.number(0, 40), c.number(0, 20), table, _zeros(80), c.number(0, 1), scores]


def _follow(c: Chance) -> "list[Any]":
    probabilities = c.words(67, 0, 1 << c.number(0, 22))
    for i in range(3):
        probabilities[i] = probabilities[66 - i] = 0
    out = array("i", [0, 0, c.number(-999, 999), c.number(0, 61 * 256), c.number(0, 1)])
    settings = bytes([c.number(90, 160), c.number(20, 46), 15, 5, c.number(8, 16), c.number(2, 3), 181, c.number(1, 2)])
    return [c.words(75, -200000, 200000), 14, 61, c.number(1, 3000), settings + b"\x26", probabilities, out]


def _breath_slots(c: Chance) -> "list[Any]":
    values = c.words(5, -(1 << c.number(3, 17)), (1 << c.number(3, 17)) - 1)
    own = [c.number(-32768, 32767) << (4 if k % 3 == 1 else 0) for k in range(15)]
    for k in range(2, 15, 3):
        own[k] = c.number(0, 1 << c.number(4, 19))
    state = [c.number(0, 99), c.number(0, 100), c.number(0, 9), c.number(0, 319), c.number(0, 9)]
    return [values, 5, c.number(1, 8000), c.halves(500), array("i", state + own)]


def _compress(c: Chance) -> "list[Any]":
    """A block of one of the shapes that streams have, after chance or from a beginning, often with too little room."""
    channels = c.number(1, 3)
    wide = 16 * c.number(0, 1)
    first = c.number(0, 1) * c.number(1, 200)
    state = _zeros(first + 11 * channels + 2)
    for base in range(first, first + 11 * channels, 11):
        state[base] = c.number(-32768, 32767)
        for i in range(1, 5):
            state[base + i] = c.number(-262143, 262143)
            state[base + 4 + i] = c.number(-1024, 1016)
        state[base + 9] = c.number(0, 1 << 29)
        state[base + 10] = c.number(0, 23)
    source = c.words(60, -9000, 9000) if c.number(0, 1) else c.words(60, -8388608, 8388607)
    frame = bytearray(200)
    width = 3 if wide else 2
    for i in range(60):
        for k in range(width):
            frame[i * width + k] = source[i] >> 8 * k & 0xFF
    begin = c.number(0, 400)
    shape = channels | wide | 32 * c.number(0, 1) | first << 8
    return [frame, 0, c.number(1, 60 // channels), shape, state, c.octets(420), begin, c.number(0, 420)]


CASES: "dict[str, Callable[[Chance], list[Any]]]" = {
    "root": lambda c: [(1 << c.number(0, 30)) + c.number(-1, 1) if c.number(0, 1) else c.number(0, 0x7FFFFFFF)],
    "copy_words": lambda c: [_zeros(40), c.number(0, 9), _beat(c), c.number(0, 200), c.number(0, 30)],
    "clear_words": lambda c: [_beat(c), c.number(0, 99)],
    "fill_ring": lambda c: [_uv(c), _RING - 1, c.number(0, 99999), c.number(0, 400), c.number(0, 65535)],
    "unroll": lambda c: [c.halves(256), c.number(-50, 5000), c.number(0, 200), 255, _zeros(200)],
    "ring_mean": _ring_part,
    "ring_max": _ring_part,
    "ring_min": _ring_part,
    "ring_peak_to_peak": _ring_part,
    "sort_words": lambda c: [c.words(40, -99999, 99999), c.number(0, 40)],
    "keep_ecg": lambda c: [
        c.octets(9),
        _zeros(4),
        3,
        array("i", [(1 << 30) - 1 - c.number(0, 3), 0, 0]),
        c.number(0, 999),
    ],
    "take_ecg": lambda c: [
        c.words(128, -(1 << 24), (1 << 24) - 1),
        c.number(0, 127),
        127,
        c.number(0, 60),
        _zeros(60),
    ],
    "decode_ppg": lambda c: [c.octets(180), c.number(0, 60), _zeros(90), c.number(0, 30)],
    "decode_ppg_green": lambda c: [c.octets(180), c.number(0, 20), _zeros(60), _zeros(30), c.number(0, 10)],
    "decode_motion": lambda c: [_motion_burst(c), 7 * c.number(0, 24), c.halves(60), c.halves(60), c.number(0, 6)],
    "pack16": lambda c: [c.halves(60, -32768), c.number(0, 9), c.number(0, 50), bytearray(120), c.number(0, 9)],
    "pack24": lambda c: [
        c.words(60, -8388608, 8388607),
        c.number(0, 9),
        c.number(0, 30),
        bytearray(120),
        c.number(0, 9),
    ],
    "cobs_encode": lambda c: [c.octets(700), c.number(0, 700), bytearray(720), c.number(0, 9)],
    "ring_write": lambda c: [c.octets(60), 60, c.number(0, 59), c.octets(60), c.number(0, 60)],
    "ring_read": lambda c: [c.octets(60), 60, c.number(0, 59), bytearray(60), c.number(0, 60)],
    "put_bits": lambda c: [c.octets(40), c.number(0, 280), c.number(-1 << 30, 1 << 30), c.number(0, 24)],
    "put_bytes": lambda c: [c.octets(60), c.number(0, 9), c.number(0, 50), c.octets(80), c.number(0, 200)],
    "compress": _compress,
    "condition": lambda c: [
        c.words(48, -8388608, 8388607),
        c.number(1, 48),
        array("H", bytes(128)),
        c.number(0, 99999),
        63,
        array("i", [c.number(-8388608, 8388607), c.number(0, 255), 0, 0, 0]),
    ],
    "filter_qrs": _filter,
    "fit_tones": lambda c: [
        _uv(c),
        _RING - 1,
        c.number(0, 99999),
        c.octets(50),
        _knots(c),
        c.number(0, 99),
        c.number(0, 1),
    ],
    "follow_mains": _follow_mains,
    "judge_steadiness": lambda c: [_knots(c), c.number(7, 99), _mains_state(c)],
    "cancel_mains": lambda c: [
        _uv(c),
        _RING - 1,
        c.number(0, 99999),
        c.octets(50),
        _knots(c),
        c.number(7, 99),
        _mains_state(c),
    ],
    "next_peak": lambda c: [c.words(64, 0, 99999999), 100, 100 + c.number(0, 64), c.words(3, 0, 99)],
    "slopes": lambda c: [c.words(128, -1250000, 1250000), c.number(100, 99999), 51, c.number(0, 45), _zeros(3)],
    "band_centre": _band,
    "locate_r": lambda c: [_uv(c), _RING - 1, c.number(100, 99999), c.number(-1, 1)],
    "find_spike": _spike,
    "peak_to_peak": lambda c: [_uv(c), _RING - 1, c.number(0, 99999), c.number(1, 60)],
    "largest_bend": lambda c: [_uv(c), _RING - 1, c.number(0, 99999), c.number(0, 60), c.number(0, 9)],
    "qrs_evidence_features": lambda c: [
        _uv(c),
        _RING - 1,
        c.number(0, 99999),
        64,
        c.words(59, 1, 999999),
        array("b", bytes(3 * 64)),
    ],
    "atrial_waves": lambda c: [
        _uv(c),
        _RING - 1,
        5000,
        5000 + c.number(0, 500),
        c.number(1, 400),
        c.number(1, 6),
        _zeros(12),
    ],
    "atrial_signal": lambda c: [
        _uv(c),
        _RING - 1,
        5000 + c.number(0, 90),
        5100 + c.number(0, 300),
        5000 + c.number(0, 60),
        5200 + c.number(0, 200),
        _zeros(110),
    ],
    "follow_waves": _waves,
    "lag_products": lambda c: [
        c.words(300, -1400, 1400),
        c.number(40, 300),
        c.number(0, 33),
        c.number(1, 1400),
        _zeros(4),
    ],
    "beat_products": _beat_products,
    "add_covariance": lambda c: [
        _uv(c),
        _RING - 1,
        c.number(0, 99999),
        c.number(1, 80),
        c.number(0, 80),
        c.number(0, 4),
        c.words(4, -99999, 99999),
    ],
    "waves_before": lambda c: [c.words(40, 0, 3000), 4, c.number(0, 30), c.words(30, 0, 3000), 2, 20, _zeros(30), 5],
    "cut_beat": lambda c: [_uv(c), _RING - 1, c.number(0, 9999), c.number(100, 9999), _BEAT, _zeros(_BEAT)],
    "shape_difference": lambda c: [
        _beat(c),
        c.words(_BEAT, -16 * MICROVOLTS, 16 * MICROVOLTS),
        4,
        c.number(0, 200),
        31,
    ],
    "blend": lambda c: [_beat(c), c.words(_BEAT, -32 * MICROVOLTS, 32 * MICROVOLTS), 4, c.number(1, 6), _BEAT],
    "triple_peak": lambda c: [_beat(c), c.number(0, 60), c.number(1, 60)],
    "triple_shape": lambda c: [
        _beat(c),
        c.number(0, 60),
        4,
        c.number(1, 1 << 20),
        64,
        array("b", bytes(128)),
        c.number(0, 1),
    ],
    "log2_q3": lambda c: [c.number(-9, 1 << c.number(4, 30))],
    "block_statistics": _block,
    "contact_statistics": _contact,
    "gather": lambda c: [
        c.octets(90),
        c.number(0, 9),
        64,
        c.number(0, 999),
        c.number(0, 99),
        c.number(0, 255),
        _zeros(99),
    ],
    "rr_differences": lambda c: [c.words(32, 0, 65535), c.number(0, 32), c.number(1, 3), _zeros(32)],
    "beat_amplitudes": lambda c: [_uv(c), _RING - 1, c.number(100, 99999), _zeros(5)],
    "cycle_shape": lambda c: [_uv(c), _RING - 1, c.number(200, 99999), c.number(1, 2000), _zeros(7)],
    "alternation": lambda c: [_uv(c), _RING - 1, c.number(100, 99999), c.number(0, 9), c.words(42, -2000, 2000)],
    "maximum": lambda c: [_beat(c), c.number(0, 99), c.number(90, 200)],
    "delineator_features": lambda c: [
        c.words(_BEAT, -32 * MICROVOLTS, 32 * MICROVOLTS),
        c.number(40, 200),
        _BEAT,
        array("b", bytes(2 * _BEAT)),
    ],
    "mean_probabilities": lambda c: [
        array("b", [b - 128 for b in c.octets(384)]),
        c.number(1, 4),
        384,
        c.octets(384),
    ],
    "argmax": lambda c: [c.octets(384), c.number(0, 2), c.number(0, 60), c.number(50, 127)],
    "threshold_crossing": lambda c: [
        c.octets(384),
        c.number(0, 2),
        c.number(0, 127),
        c.number(0, 127),
        c.number(1, 200),
    ],
    "farthest_from_chord": lambda c: [
        c.words(_BEAT, -32 * MICROVOLTS, 32 * MICROVOLTS),
        c.number(0, 120),
        c.number(120, _BEAT - 1),
    ],
    "normalise": lambda c: [c.words(200, -300000, 300000), c.number(1, 200)],
    "correlate": lambda c: [_normalised(c), 200, 5, 62, _zeros(63)],
    "find_period": lambda c: [c.words(63, -1024, 1024), 6, 61, c.number(0, 256)],
    "product": lambda c: [c.halves(128, 0), c.number(0, 9999), 78, 127, c.number(0, 21), c.number(0, 32767), _zeros(2)],
    "sum_ppg": lambda c: [c.words(60, 0, 262143), c.number(0, 9), c.number(0, 20), 262000, _zeros(4)],
    "count_repeats": lambda c: [c.words(60, 7, 7 + c.number(1, 2)), c.number(0, 9), c.number(0, 20), _zeros(9)],
    "filter_ppg": _light,
    "ppg_slopes": lambda c: [_normalised(c), c.number(2, 200), _zeros(200)],
    "upstrokes": _upstrokes,
    "pulse_upstrokes": _pulse_upstrokes,
    "rhythm_sums": lambda c: [
        c.words(64, 1, 1 << c.number(9, 16)),
        c.words(64, 0, 1 << c.number(9, 16)),
        c.number(0, 64),
        _zeros(9),
    ],
    "template_correlation": _template_correlation,
    "fold_waves": _fold,
    "wave_shape": _wave_shape,
    "ppg_sharpness": _sharpness,
    "slope_moments": lambda c: [c.halves(256), c.number(300, 9999), c.number(2, 200), _zeros(2)],
    "ppg_products": lambda c: [c.halves(256), c.halves(256), c.number(300, 9999), c.number(1, 200), _zeros(3)],
    "add_motion": _motion,
    "mean_vector": _vectors,
    "mean_square": lambda c: [c.halves(128, 0), 100, 108, 127, 8],
    "motion_checksum": lambda c: [c.halves(96, -c.number(0, 1) * 32768, c.number(0, 1) * 32767), c.number(1, 32)],
    "resample_motion": _resample,
    "cancel_motion": _cancel,
    "window_pair": lambda c: [
        c.halves(1280, -(1 << c.number(3, 12)), (1 << c.number(3, 12)) - 1),
        c.number(0, 3),
        c.number(-1, 4),
        c.number(200, 9999),
        bytes([c.number(0, 255) for _ in range(100)]),
        _zeros(512),
    ],
    "transform": _transform,
    "split_powers": lambda c: [_packed(c, 13000)],
    "keep_powers": lambda c: [c.words(512, 0, 1 << c.number(2, 29)), bytearray(456), 152 * c.number(0, 2)],
    "add_powers": lambda c: [
        c.words(512, 0, 1 << c.number(2, 29)),
        bytearray([c.number(3, 27) * 8 * c.number(0, 1) for _ in range(456)]),
        152 * c.number(0, 2),
    ],
    "log_spectrum": lambda c: [
        c.words(512, 0, 1 << c.number(2, 29)),
        c.number(0, 1),
        c.number(0, 64),
        bytearray(456),
        152 * c.number(0, 2),
    ],
    "score_rates": _score,
    "follow_rate": _follow,
    "pulse_levels": lambda c: [
        c.halves(256),
        c.number(0, (1 << 18) - 1),
        c.number(0, 1 << 16),
        c.number(0, 1) * 2 - 1,
        _zeros(2),
    ],
    "add_breath_slots": _breath_slots,
    "window_breaths": lambda c: [
        c.halves(600, -(1 << c.number(0, 15)), (1 << c.number(0, 15)) - 1),
        c.number(0, 5),
        c.number(0, 99),
        c.number(0, 5),
        c.number(0, 99),
        bytes([c.number(0, 255) for _ in range(100)]),
        _zeros(512),
    ],
}


def digests(functions: "dict[str, Any]") -> "dict[str, int]":
    """Check sum of `ROUNDS` calls of each kernel among `functions` by name."""
    found = {}
    for number, name in enumerate(sorted(CASES)):
        chance = Chance(number + 1)
        digest = 0
        for _ in range(ROUNDS):
            arguments = CASES[name](chance)
            result = functions[name](*arguments)
            digest = crc32(repr(result).encode(), digest)
            for argument in arguments:
                if isinstance(argument, (array, bytearray)):
                    digest = crc32(argument, digest)
        found[name] = digest
    return found
