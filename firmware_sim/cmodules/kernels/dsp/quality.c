#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define CORE (RATE_HZ * 56 / 1000)
#define WIDE (RATE_HZ * 200 / 1000)
#define RISE (RATE_HZ * 40 / 1000)
#define RISE_BEGINS (RATE_HZ * 24 / 1000)
#define LEVEL_BEFORE (RATE_HZ * 120 / 1000)
#define PARTS 6
#define PART 16
#define PART_FIRST (RATE_HZ * 72 / 1000)
#define BLOCK 16
#define RAIL 8300000
#define LSB_NANO 48081 // frontends.ecg: LSB_NANO
#define LEVEL_COUNTS (2500000 / LSB_NANO)
#define MAINS_COUNTS (40000000 / LSB_NANO)
#define JUMP_COUNTS (600000000 / LSB_NANO)
#define RAILED_SAMPLES 8
#define WORDS 7
#define MOST_UV 1000

int32_t log2_q3(int32_t value) {
    if (value < 2) {
        return 0;
    }
    int32_t power = 0;
    for (; value > 15; value >>= 1) {
        power += 8;
    }
    for (; value < 8; value <<= 1) {
        power -= 8;
    }
    return power + 16 + value;
}

static int32_t spread(const uint16_t *uv, int32_t mask, int32_t first, int32_t n) {
    int32_t low = 65535;
    int32_t high = 0;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t value = uv[i & mask];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    return high - low;
}

void block_statistics(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, const int32_t *block, int32_t energy,
    int32_t *totals, uint8_t *codes, int32_t at) {
    codes[at] = log2_q3(spread(uv, mask, first, n));
    if (!totals[0] || block[3] < totals[2]) {
        totals[2] = block[3];
    }
    if (!totals[0] || block[4] > totals[3]) {
        totals[3] = block[4];
    }
    totals[0] += n;
    totals[1] += block[2];
    totals[4] += energy >> 6;
    totals[5] += 1;
}

int32_t contact_statistics(const int32_t *counts, int32_t *state) {
    int32_t low = counts[0];
    int32_t high = low;
    int32_t railed = 0;
    int32_t rough = 0;
    int32_t total = 0;
    int32_t largest = 0;
    for (int32_t i = 0; i < BLOCK; ++i) {
        int32_t here = counts[i];
        int32_t step = counts[i + 1] - here;
        total += here;
        low = here < low ? here : low;
        high = here > high ? here : high;
        railed += here > RAIL || here < -RAIL;
        rough += magnitude(counts[i + 2] - counts[i + 1] - step);
        int32_t lasting = magnitude(counts[i + 3] - here);
        step = magnitude(step);
        step = lasting < step ? lasting : step;
        largest = step > largest ? step : largest;
    }
    rough >>= 4;
    total >>= 4;
    state[1] += 1;
    state[15] = high - low;
    state[16] = railed;
    state[17] = rough;
    state[18] = total;
    state[19] = largest;
    if (railed >= RAILED_SAMPLES || high - low <= LEVEL_COUNTS || rough >= MAINS_COUNTS || largest > JUMP_COUNTS) {
        return 0;
    }
    if (state[0] >= 0 || state[2] != 0 || state[6] >= 0 || state[12] >= 0) {
        return 0;
    }
    state[4] = 0;
    state[9] = total;
    state[13] = 0;
    int32_t usual = state[5];
    if (usual < 0) {
        state[5] = rough;
    } else if (rough < usual) {
        state[5] = usual - ((usual - rough + 3) >> 2);
    } else {
        state[5] = usual + (usual >> 6) + 1;
    }
    return 1;
}

int32_t gather(const uint8_t *ring, int32_t base, int32_t size, int32_t first, int32_t n, int32_t without,
    int32_t *out) {
    int32_t count = 0;
    for (int32_t i = 0; i < n; ++i) {
        int32_t value = ring[base + (first + i) % size];
        if (value != without) {
            out[count++] = value;
        }
    }
    return count;
}

int32_t rr_differences(const int32_t *intervals, int32_t n, int32_t lag, int32_t *out) {
    int32_t count = 0;
    for (int32_t i = lag; i < n; ++i) {
        int32_t now = intervals[i];
        int32_t before = intervals[i - lag];
        if (now > 0 && before > 0) {
            out[count++] = magnitude(now - before);
        }
    }
    return count;
}

void beat_amplitudes(const uint16_t *uv, int32_t mask, int32_t r, int32_t *out) {
    int32_t change = 0;
    int32_t step = 0;
    int32_t lasting = 0;
    for (int32_t i = r - CORE; i < r + CORE; ++i) {
        int32_t here = uv[i & mask];
        int32_t one = magnitude(uv[(i + 1) & mask] - here);
        int32_t after = magnitude(uv[(i + 3) & mask] - uv[(i - 1) & mask]);
        int32_t stays = after < one ? after : one;
        int32_t ten = i <= r + RISE_BEGINS ? magnitude(uv[(i + RISE) & mask] - here) : 0;
        step = one > step ? one : step;
        lasting = stays > lasting ? stays : lasting;
        change = ten > change ? ten : change;
    }
    out[0] = spread(uv, mask, r - CORE, 2 * CORE + 1);
    out[1] = spread(uv, mask, r - WIDE, 2 * WIDE + 1);
    out[2] = change;
    out[3] = step;
    out[4] = lasting;
}

void alternation(const uint16_t *uv, int32_t mask, int32_t r, int32_t run, int32_t *state) {
    int32_t level = 0;
    for (int32_t i = r - LEVEL_BEFORE; i < r - LEVEL_BEFORE + PART; ++i) {
        level += uv[i & mask];
    }
    for (int32_t part = 0; part < PARTS; ++part) {
        int32_t *of = state + part * WORDS;
        int32_t first = r + PART_FIRST + part * PART;
        int32_t mean = -level;
        for (int32_t i = first; i < first + PART; ++i) {
            mean += uv[i & mask];
        }
        mean >>= 4;
        int32_t delta = within(mean - of[0], MOST_UV);
        if (run >= 4) {
            of[4] += delta * delta;
            of[5] += delta * of[2];
            of[6] += delta * of[3];
        }
        of[3] = of[2];
        of[2] = of[1];
        of[1] = delta;
        of[0] = mean;
    }
}
