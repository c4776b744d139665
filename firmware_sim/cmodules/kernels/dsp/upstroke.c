#include "kernels.h"

#define RATE_HZ 100 // frontends.ppg: RATE_HZ
#define ONE_Q8 256
#define RING 64
#define MASK (RING - 1)
#define MEAN (RATE_HZ * 60 / 1000)
#define RISE (RATE_HZ * 140 / 1000)
#define LEARN (RATE_HZ * 400 / 1000)
#define BEGIN (RATE_HZ * 2400 / 1000)
#define MOST_TAKEN (RING * 64)
#define SHORTEST_Q8 (RATE_HZ * ONE_Q8 * 60 / 220)
#define LONGEST_Q8 (RATE_HZ * ONE_Q8 * 2)
#define MOST_Q8 (RATE_HZ * ONE_Q8 * 20)
#define USUAL_Q8 (RATE_HZ * ONE_Q8 * 8 / 10)
#define EARLY_Q8 179
#define SOON_Q8 133
#define DUE_Q8 97
#define LATE_Q8 64
#define SIMILAR_Q10 82
#define STEADY 20
#define MOST_Q10 2047

static int32_t part_of(int32_t past, int32_t period) {
    if (past * 5 < period * 2) {
        return EARLY_Q8;
    }
    if (past * 10 < period * 7) {
        return SOON_Q8;
    }
    return past * 10 < period * 17 ? DUE_Q8 : LATE_Q8;
}

static int32_t is_highest(const int32_t *rises, int32_t peak) {
    for (int32_t k = 1; k <= RISE; ++k) {
        if (rises[(peak - k) & MASK] > rises[peak] || rises[(peak + k) & MASK] >= rises[peak]) {
            return 0;
        }
    }
    return 1;
}

// How long before the sample at `at` the steepest slope up to `peak` was, Q8.
static int32_t time_ago(const int32_t *slopes, int32_t peak, int32_t at) {
    int32_t steepest = peak;
    for (int32_t k = 1; k <= RISE; ++k) {
        int32_t near = (peak - k) & MASK;
        steepest = slopes[near] > slopes[steepest] ? near : steepest;
    }
    int32_t left = slopes[(steepest - 1) & MASK];
    int32_t right = slopes[(steepest + 1) & MASK];
    int32_t curvature = 2 * slopes[steepest] - left - right;
    int32_t beside = curvature > 0 ? floor_div((right - left) * (ONE_Q8 / 2), curvature) : 0;
    return ((at - steepest) & MASK) * ONE_Q8 - beside;
}

int32_t pulse_upstrokes(const int32_t *pairs, int32_t start, int32_t n, int32_t *rings, int32_t *state, int32_t *found,
    int32_t room) {
    int32_t *slopes = rings + RING, *rises = rings + 2 * RING;
    int32_t count = 0;
    int32_t taken = state[0], rise = state[2], level = state[3], period = state[4], since = state[5];
    for (int32_t i = start; i < start + n; ++i) {
        int32_t at = taken & MASK;
        int32_t value = pairs[2 * i + 1] * state[1];
        if (taken == 0) {
            for (int32_t k = 0; k < RING; ++k) {
                rings[k] = value;
                slopes[k] = 0;
                rises[k] = 0;
            }
            rise = level = since = 0;
            period = USUAL_Q8;
        }
        rings[at] = value;
        int32_t slope = 0;
        for (int32_t k = 0; k < MEAN; ++k) {
            slope += rings[(at - k) & MASK] - rings[(at - k - MEAN) & MASK];
        }
        slopes[at] = slope;
        rise += slope > 0 ? slope : 0;
        slope = slopes[(at - RISE) & MASK];
        rise -= slope > 0 ? slope : 0;
        rises[at] = rise;
        if (++taken > MOST_TAKEN) {
            taken -= RING;
        }
        if (since < MOST_Q8) {
            since += ONE_Q8;
        }
        if (taken < BEGIN) {
            if (taken > LEARN && rise > level) {
                level = rise;
            }
            continue;
        }
        int32_t peak = (at - RISE) & MASK;
        int32_t height = rises[peak];
        int32_t past = since - ONE_Q8 * RISE;
        if (height > (level >> 8) * part_of(past, period)) {
            if (!is_highest(rises, peak)) {
                continue;
            }
            int32_t ago = time_ago(slopes, peak, at);
            int32_t interval = since - ago;
            if (interval <= SHORTEST_Q8) {
                continue;
            }
            if (interval < LONGEST_Q8 && interval * 5 > period * 2) {
                period += floor_div((interval - period) * 3, 20);
            }
            if (count < room) {
                found[2 * count] = interval;
                found[2 * count + 1] = height;
                ++count;
            }
            since = ago;
            height = height > 2 * level ? 2 * level : height;
            level += floor_div(height - level, 5);
        } else if (past > LONGEST_Q8 && past * 2 > period * 5) {
            level -= level >> 8;
        }
    }
    state[0] = taken;
    state[2] = rise;
    state[3] = level;
    state[4] = period;
    state[5] = since;
    return count;
}

void rhythm_sums(const int32_t *intervals, const int32_t *rises, int32_t n, int32_t *out) {
    clear_words(out, 9);
    int32_t usual = 1024;
    for (int32_t i = 0; i < n; ++i) {
        int32_t similar = 0;
        for (int32_t j = 0; j < n; ++j) {
            similar += magnitude(intervals[i] - intervals[j]) < SIMILAR_Q10;
        }
        if (similar > out[0]) {
            out[0] = similar;
            usual = intervals[i];
        }
    }
    int32_t before = 0;
    for (int32_t i = 0; i < n; ++i) {
        out[8] = intervals[i] > out[8] ? intervals[i] : out[8];
        int32_t value = intervals[i] - 1024 > MOST_Q10 ? MOST_Q10 : intervals[i] - 1024;
        int32_t rise = rises[i] - 1024 > MOST_Q10 ? MOST_Q10 : rises[i] - 1024;
        if (i) {
            out[4] += value * before;
            out[1] += magnitude(intervals[i] - intervals[i - 1]) * STEADY < usual;
        }
        before = value;
        out[2] += value;
        out[3] += value * value;
        out[5] += rise;
        out[6] += rise * rise;
        out[7] += value * rise;
    }
}
