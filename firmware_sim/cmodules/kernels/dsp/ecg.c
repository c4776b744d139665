#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define UV_PER_COUNT_Q15 1575 // frontends.ecg: UV_PER_COUNT_Q15
#define LIMIT_COUNTS ((32733 << 15) / UV_PER_COUNT_Q15)
#define ZERO_UV 32768
#define RAIL 8300000
#define LOW 127
#define ENERGY 63
#define BAND_DELAY 19
#define AROUND (RATE_HZ * 88 / 1000)
#define R_REACH (RATE_HZ * 40 / 1000)
#define QUIET (RATE_HZ * 96 / 1000)
#define LEVEL_BEFORE (RATE_HZ * 120 / 1000)

void condition(const int32_t *raw, int32_t n, uint16_t *uv, int32_t first, int32_t mask, int32_t *state) {
    int32_t offset = state[0];
    int32_t rest = state[1];
    int32_t railed = 0;
    int32_t low = raw[0];
    int32_t high = low;
    for (int32_t i = 0; i < n; ++i) {
        int32_t value = raw[i];
        railed += value > RAIL || value < -RAIL;
        low = value < low ? value : low;
        high = value > high ? value : high;
        value -= offset;
        rest += value;
        offset += rest >> 8;
        rest &= 255;
        uv[(first + i) & mask] = (within(value, LIMIT_COUNTS) * UV_PER_COUNT_Q15 >> 15) + ZERO_UV;
    }
    state[0] = offset;
    state[1] = rest;
    state[2] = railed;
    state[3] = low;
    state[4] = high;
}

int32_t filter_qrs(const uint16_t *uv, int32_t n, int32_t first, int32_t mask, int32_t *low, int32_t *energy,
    int32_t *state) {
    int32_t *five = state + 8;
    int32_t *slope = state + 16;
    int32_t sum5 = state[0];
    int32_t sum4 = state[1];
    int32_t sum32 = state[2];
    int32_t power = state[3];
    int32_t band1 = state[4];
    int32_t band2 = state[5];
    int32_t total = 0;
    for (int32_t i = first; i < first + n; ++i) {
        sum5 += uv[i & mask] - uv[(i - 5) & mask];
        sum4 += sum5 - five[(i - 4) & 7];
        five[i & 7] = sum5;
        sum32 += sum4 - low[(i - 32) & LOW];
        low[i & LOW] = sum4;
        int32_t band = low[(i - 16) & LOW] - (sum32 >> 5);
        int32_t value = magnitude(band - band2);
        band2 = band1;
        band1 = band;
        power += value - slope[(i - 24) & 31];
        slope[i & 31] = value;
        energy[i & ENERGY] = power;
        total += power >> 4;
    }
    state[0] = sum5;
    state[1] = sum4;
    state[2] = sum32;
    state[3] = power;
    state[4] = band1;
    state[5] = band2;
    return total;
}

int32_t next_peak(const int32_t *energy, int32_t start, int32_t end, int32_t *state) {
    int32_t top = state[0];
    int32_t top_at = state[1];
    int32_t last = state[2];
    int32_t ended = -1;
    for (int32_t i = start; i < end && ended < 0; ++i) {
        int32_t value = energy[i & ENERGY];
        if (value > top && value > last) {
            top = value;
            top_at = i;
        } else if (top && (value < top >> 1 || i - top_at > QUIET)) {
            ended = i + 1;
        }
        last = value;
    }
    state[0] = top;
    state[1] = top_at;
    state[2] = last;
    return ended;
}

void slopes(const int32_t *low, int32_t first, int32_t n, int32_t before, int32_t *out) {
    int32_t steepest = 0;
    for (int32_t i = first - before; i < first; i += 4) {
        int32_t slope = low[i & LOW] - low[(i - 2) & LOW];
        slope = slope < 0 ? -slope : slope;
        steepest = slope > steepest ? slope : steepest;
    }
    out[2] = steepest;
    int32_t rise = 0;
    int32_t fall = 0;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t slope = low[i & LOW] - low[(i - 2) & LOW];
        if (slope > rise) {
            rise = slope;
        } else if (-slope > fall) {
            fall = -slope;
        }
    }
    out[0] = rise;
    out[1] = fall;
}

int32_t band_centre(const uint16_t *uv, int32_t mask, int32_t index, int32_t end, int32_t *work) {
    int32_t start = index - AROUND + BAND_DELAY;
    int32_t n = start + 2 * AROUND + 1 > end ? end - start : 2 * AROUND + 1;
    int32_t sum32 = 0;
    int32_t top = -1;
    int32_t centre = index;
    for (int32_t k = 0; k < n + 31; ++k) {
        int32_t i = start - 31 + k;
        int32_t near = uv[(i - 3) & mask] + uv[(i - 4) & mask];
        int32_t wide = near + uv[(i - 2) & mask] + uv[(i - 5) & mask];
        int32_t wider = wide + uv[(i - 1) & mask] + uv[(i - 6) & mask];
        work[k] = near + wide + 2 * wider + uv[i & mask] + uv[(i - 7) & mask];
        sum32 += work[k];
        if (k >= 31) {
            int32_t value = magnitude(work[k - 16] - (sum32 >> 5));
            sum32 -= work[k - 31];
            if (value > top) {
                top = value;
                centre = i - BAND_DELAY;
            }
        }
    }
    return centre;
}

int32_t locate_r(const uint16_t *uv, int32_t mask, int32_t centre, int32_t side) {
    int32_t level = 0;
    for (int32_t i = centre - LEVEL_BEFORE; i < centre - LEVEL_BEFORE + 16; ++i) {
        level += uv[i & mask];
    }
    level >>= 2;
    int32_t above = 0, below = 0;
    int32_t up = centre, down = centre;
    for (int32_t i = centre - R_REACH; i <= centre + R_REACH; ++i) {
        int32_t value = uv[(i - 1) & mask] + 2 * uv[i & mask] + uv[(i + 1) & mask] - level;
        if (value > above) {
            above = value;
            up = i;
        } else if (-value > below) {
            below = -value;
            down = i;
        }
    }
    return above * (4 + side) > below * (4 - side) ? (up - centre) * 2 + 1 : (down - centre) * 2;
}
