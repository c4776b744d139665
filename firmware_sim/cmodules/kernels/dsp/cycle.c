#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define SLOPE (RATE_HZ * 20 / 1000)
#define LEAST_HALF (RATE_HZ * 100 / 1000)
#define MOST_HALF (RATE_HZ * 400 / 1000)
#define LATE_FROM (RATE_HZ * 152 / 1000)
#define LATE_TO (RATE_HZ * 328 / 1000)
#define TURNS_BEFORE (RATE_HZ * 120 / 1000)
#define TURNS_AFTER (RATE_HZ * 148 / 1000)
#define FOLLOWS_FROM (RATE_HZ * 200 / 1000)
#define FOLLOWS_TO (RATE_HZ * 600 / 1000)
#define FOLLOWS_LEAST (RATE_HZ * 60 / 1000)
#define MEAN (RATE_HZ * 80 / 1000)

static void slopes_of_cycle(const uint16_t *uv, int32_t mask, int32_t r, int32_t rr, int32_t *out) {
    int32_t half = rr >> 1;
    half = half < LEAST_HALF ? LEAST_HALF : half > MOST_HALF ? MOST_HALF : half;
    int32_t rise = 0;
    int32_t fall = 0;
    int32_t total = 0;
    int32_t rise_at = r;
    int32_t fall_at = r;
    int32_t late = 0;
    for (int32_t i = r - half; i < r + half; ++i) {
        int32_t value = uv[(i + SLOPE) & mask] - uv[i & mask];
        rise_at = value > rise ? i : rise_at;
        fall_at = value < fall ? i : fall_at;
        rise = value > rise ? value : rise;
        fall = value < fall ? value : fall;
        value = magnitude(value);
        total += value;
        late = value > late && i >= r + LATE_FROM && i <= r + LATE_TO ? value : late;
    }
    out[0] = rise;
    out[1] = -fall;
    out[2] = total / (2 * half);
    out[6] = late;
    out[5] = magnitude(rise_at - fall_at);
}

static int32_t turns_about(const uint16_t *uv, int32_t mask, int32_t r) {
    int32_t low = 65535;
    int32_t high = 0;
    for (int32_t i = r - TURNS_BEFORE; i <= r + TURNS_AFTER; ++i) {
        int32_t value = uv[i & mask];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    int32_t least = (high - low) * 5 >> 5;
    int32_t turns = 0;
    int32_t side = 0;
    low = high = uv[(r - TURNS_BEFORE) & mask];
    for (int32_t i = r - TURNS_BEFORE + 1; i <= r + TURNS_AFTER; ++i) {
        int32_t value = uv[i & mask];
        low = value < low ? value : low;
        high = value > high ? value : high;
        if (side >= 0 && high - value > least) {
            ++turns;
            side = -1;
            low = value;
        } else if (side <= 0 && value - low > least) {
            ++turns;
            side = 1;
            high = value;
        }
    }
    return turns;
}

static int32_t follows(const uint16_t *uv, int32_t mask, int32_t r, int32_t rr) {
    int32_t begin = rr * 5 >> 4;
    int32_t end = begin < FOLLOWS_LEAST ? begin + FOLLOWS_LEAST : begin * 2;
    end = end > FOLLOWS_TO ? FOLLOWS_TO : end;
    begin = begin > FOLLOWS_FROM ? FOLLOWS_FROM : begin;
    int32_t mean = 0;
    for (int32_t i = r + begin; i < r + begin + MEAN; ++i) {
        mean += uv[i & mask];
    }
    int32_t low = mean;
    int32_t high = mean;
    for (int32_t i = r + begin; i < r + end; ++i) {
        mean += uv[(i + MEAN) & mask] - uv[i & mask];
        low = mean < low ? mean : low;
        high = mean > high ? mean : high;
    }
    return (high - low) / MEAN;
}

void cycle_shape(const uint16_t *uv, int32_t mask, int32_t r, int32_t rr, int32_t *out) {
    slopes_of_cycle(uv, mask, r, rr, out);
    out[3] = turns_about(uv, mask, r);
    out[4] = follows(uv, mask, r, rr);
}
