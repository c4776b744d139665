#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define LSB_NANO 48081 // frontends.ecg: LSB_NANO
#define MIN_AMPLITUDE ((60000000 + LSB_NANO / 2) / LSB_NANO)
#define MIN_RATIO_Q4 20
#define FOOT (RATE_HZ * 12 / 1000)
#define BEFORE (RATE_HZ * 20 / 1000)
#define AFTER (RATE_HZ * 12 / 1000)

// Maximum less minimum of `counts[0]` and the `n` values after it, `step` apart.
static int32_t span_from(const int32_t *counts, int32_t step, int32_t n) {
    int32_t low = counts[0];
    int32_t high = low;
    for (int32_t k = 1; k <= n; ++k) {
        int32_t value = counts[step * k];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    return high - low;
}

static int32_t lesser(int32_t a, int32_t b) {
    return a < b ? a : b;
}

// Width of the spike with its top at `counts[0]`, area over amplitude, in samples Q3.
static int32_t width(const int32_t *counts, int32_t sign) {
    int32_t low = lesser(sign * counts[-FOOT], sign * counts[FOOT]);
    int32_t area = 0;
    for (int32_t k = 1 - FOOT; k < FOOT; ++k) {
        area += sign * counts[k] - low;
    }
    return floor_div(area * 8, sign * counts[0] - low);
}

int32_t find_spike(const int32_t *counts, int32_t start, int32_t end, int32_t *out) {
    for (int32_t i = start; i < end; ++i) {
        const int32_t *at = counts + i;
        int32_t top = at[0];
        int32_t sign = top > at[-FOOT] ? 1 : -1;
        int32_t amplitude = lesser(sign * (top - at[-FOOT]), sign * (top - at[FOOT]));
        if (amplitude < MIN_AMPLITUDE || sign * (top - at[-1]) < 0 || sign * (top - at[1]) <= 0) {
            continue;
        }
        int32_t best = 0;
        for (int32_t foot = FOOT - 1; foot <= FOOT; ++foot) {
            int32_t around = (MIN_AMPLITUDE >> 2) + span_from(at - foot, -1, BEFORE) + span_from(at + foot, 1, AFTER);
            amplitude = lesser(sign * (top - at[-foot]), sign * (top - at[foot]));
            int32_t ratio = floor_div(amplitude << 4, around);
            best = ratio > best ? ratio : best;
        }
        if (best >= MIN_RATIO_Q4) {
            out[0] = sign * amplitude;
            out[1] = width(at, sign);
            out[2] = best;
            return i;
        }
    }
    return -1;
}

int32_t peak_to_peak(const uint16_t *uv, int32_t mask, int32_t first, int32_t n) {
    int32_t low = 65535;
    int32_t high = 0;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t value = uv[i & mask];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    return high - low;
}

int32_t largest_bend(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t reach) {
    int32_t most = 0;
    for (int32_t i = first + reach; i < first + n - reach; ++i) {
        int32_t bend = magnitude(uv[(i - reach) & mask] + uv[(i + reach) & mask] - 2 * uv[i & mask]);
        most = bend > most ? bend : most;
    }
    return most;
}
