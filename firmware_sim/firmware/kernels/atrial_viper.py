"""Atrial waves between QRS complexes: finding them, and following them at the period of the atria."""

import micropython

from ..viper import ptr16, ptr32

# A wave is the mean over 13 samples (52 ms) less those of the 13 before and the 13 after; two are 26 samples apart.
# Parts of the work memory of `follow_waves`: times of waves, spans, complexes, and from each complex to its wave.


@micropython.viper
def atrial_waves(uv: ptr16, mask: int, first: int, last: int, minimum: int, room: int, out: ptr32) -> int:
    """Waves of at least `minimum` µV between positions `first` and `last` of the ring `uv` (µV + 32768) into `out`.

    Each is its position and its signed height in µV, in rising order; of two within 104 ms the larger. Samples outside
    are taken as those at the ends. Returns how many, at most `room`.
    """
    if last - first < 13:
        return 0
    at = first + 6
    left = 0
    middle = 0
    right = 0
    for k in range(13):
        i = at - 19 + k
        left += uv[(i if i > first else first) & mask]
        middle += uv[(at - 6 + k) & mask]
        i = at + 7 + k
        right += uv[(i if i < last else last) & mask]
    n = 0
    before = 0
    here = 0
    taken = first - 99
    while at <= last - 6:
        after = (middle + middle - left - right) // 26
        size = after if after > 0 else -after
        top = here if here > 0 else -here
        low = before if before > 0 else -before
        if top >= minimum and top >= low and top > size:
            if at - 1 - taken >= 26:
                if n == room:
                    return n
                n += 1
                taken = at - 1
                out[2 * n - 2] = taken
                out[2 * n - 1] = here
            else:
                other = out[2 * n - 1]
                if other < 0:
                    other = -other
                if top > other:
                    taken = at - 1
                    out[2 * n - 2] = taken
                    out[2 * n - 1] = here
        before = here
        here = after
        i = at - 19
        left -= uv[(i if i > first else first) & mask]
        i = at - 6
        edge = uv[i & mask]
        left += edge
        middle -= edge
        i = at + 7
        edge = uv[(i if i < last else last) & mask]
        middle += edge
        right -= edge
        i = at + 20
        right += uv[(i if i < last else last) & mask]
        at += 1
    return n


@micropython.viper
def follow_waves(
    times: ptr32, n: int, spans: ptr32, m: int, period: int, anchor: int, low: int, high: int, out: ptr32, room: int
) -> object:
    """Follow `n` waves at `times` (rising) by a `period` from number `anchor` on, both ways within `low` and `high`.

    A wave within a tenth of the period, 28 ms at least, of where it is expected moves the next ones; one that is not
    there is missed inside one of the `m` `spans` (begin, end), hidden outside. `out`: how many are found, missed and
    hidden, then from index 4 on the first `room` positions, found or not, in no order; index 3 says how many.
    """
    found = 1
    missed = 0
    hidden = 0
    positions = 1
    out[4] = times[anchor]
    for way in range(2):
        q = period << 4
        t = times[anchor] << 4
        going = 1
        while going:
            t += q if way == 0 else -q
            position = (t + 8) >> 4
            if position < low or position > high:
                going = 0
            else:
                best = -1
                nearest = q // 160
                if nearest < 7:
                    nearest = 7
                nearest += 1
                for i in range(n):
                    distance = times[i] - position
                    if distance < 0:
                        distance = -distance
                    if distance < nearest:
                        nearest = distance
                        best = i
                if best >= 0:
                    found += 1
                    shift = (times[best] << 4) - t
                    t += shift
                    q += shift >> 2 if way == 0 else -(shift >> 2)
                    most = period * 18
                    least = period * 14
                    q = most if q > most else least if q < least else q
                    position = times[best]
                else:
                    seen = 0
                    for k in range(m):
                        if position >= spans[2 * k] and position <= spans[2 * k + 1]:
                            seen = 1
                    missed += seen
                    hidden += 1 - seen
                if positions < room:
                    out[4 + positions] = position
                    positions += 1
    out[0] = found
    out[1] = missed
    out[2] = hidden
    out[3] = positions
    return None


@micropython.viper
def waves_before(waves: ptr32, first: int, n: int, points: ptr32, at: int, m: int, out: ptr32, to: int) -> object:
    """From each of `m` `points` (from index `at` on) to the last of the `n` waves before it, 0 for none.

    The waves stand from index `first` of `waves` on, results go to `out` from index `to` on.
    """
    for k in range(m):
        point = points[at + k]
        nearest = 0
        for i in range(first, first + n):
            distance = point - waves[i]
            if distance > 0 and (nearest == 0 or distance < nearest):
                nearest = distance
        out[to + k] = nearest
    return None


@micropython.viper
def atrial_signal(uv: ptr16, mask: int, first: int, last: int, begin: int, end: int, out: ptr32) -> object:
    """The signal of `atrial_waves` between `first` and `last`, every fourth sample from `begin` to before `end`.

    It goes to `out`, where no value is 0 and none is written for samples outside.
    """
    at = begin
    if first > begin:
        at = begin + ((first - begin + 3) & ~3)
    # twice the sum over 13 samples less the sums over 13 to either side; samples beyond an end are the one there
    total = 0
    for k in range(at - 19, at + 20):
        i = first if k < first else last if k > last else k
        value = uv[i & mask]
        total += 2 * value if k >= at - 6 and k <= at + 6 else -value
    while at < end and at <= last:
        value = total // 26
        out[(at - begin) >> 2] = value if value != 0 else 1
        for k in range(at, at + 4):
            i = k - 19
            total += uv[(i if i > first else first) & mask]
            i = k - 6
            total -= 3 * uv[(i if i > first else first) & mask]
            i = k + 7
            total += 3 * uv[(i if i < last else last) & mask]
            i = k + 20
            total -= uv[(i if i < last else last) & mask]
        at += 4
    return None


@micropython.viper
def lag_products(values: ptr32, n: int, lag: int, limit: int, out: ptr32) -> object:
    """Products of `n` values with those `lag` behind, all limited to `limit`, where both are not 0.

    `out`: sum of the products, of the squares of the first ones, of the second ones, and how many there were.
    """
    products = 0
    earlier = 0
    later = 0
    count = 0
    for i in range(n - lag):
        a = values[i]
        b = values[i + lag]
        if a != 0 and b != 0:
            a = limit if a > limit else -limit if a < -limit else a
            b = limit if b > limit else -limit if b < -limit else b
            products += a * b
            earlier += a * a
            later += b * b
            count += 1
    out[0] = products
    out[1] = earlier
    out[2] = later
    out[3] = count
    return None


@micropython.viper
def beat_products(values: ptr32, at: int, beats: int, lag: int, limit: int, shift: int, out: ptr32) -> object:
    """Products of values with those `lag` before, as far before the same beat, and before each other beat.

    `values[at]` and on: where `beats` beats lie in `values`, each of which reaches back to the one before. Values are
    limited to `limit` and shifted right by `shift`. `out`: sum of the products where both are not 0 and how many there
    are, of the same beat, then of others.
    """
    for i in range(4):
        out[i] = 0
    for i in range(1, beats):
        own = values[at + i]
        reach = own - values[at + i - 1]
        for j in range(1, beats):
            other = values[at + j]
            most = other - values[at + j - 1] - lag
            if most > reach:
                most = reach
            total = 0
            count = 0
            for k in range(1, most):
                a = values[own - k]
                b = values[other - lag - k]
                if a != 0 and b != 0:
                    a = limit if a > limit else -limit if a < -limit else a
                    b = limit if b > limit else -limit if b < -limit else b
                    total += (a >> shift) * (b >> shift)
                    count += 1
            which = 0 if i == j else 2
            out[which] = out[which] + total
            out[which + 1] = out[which + 1] + count
    return None


@micropython.viper
def add_covariance(uv: ptr16, mask: int, first: int, n: int, lag: int, shift: int, out: ptr32) -> object:
    """Add what `n` samples of the ring `uv` from `first` on and those `lag` behind them have in common, means removed.

    Values count from that at `first` on, shifted right by `shift` and limited to 500. `out`: sum of the products, of
    the squares of the first ones, of the second ones, and how many there were.
    """
    zero = uv[first & mask]
    products = 0
    earlier = 0
    later = 0
    a_sum = 0
    b_sum = 0
    for i in range(first, first + n):
        a = (uv[i & mask] - zero) >> shift
        b = (uv[(i + lag) & mask] - zero) >> shift
        a = 500 if a > 500 else -500 if a < -500 else a
        b = 500 if b > 500 else -500 if b < -500 else b
        products += a * b
        earlier += a * a
        later += b * b
        a_sum += a
        b_sum += b
    out[0] = out[0] + products - a_sum * b_sum // n
    out[1] = out[1] + earlier - a_sum * a_sum // n
    out[2] = out[2] + later - b_sum * b_sum // n
    out[3] = out[3] + n
    return None
