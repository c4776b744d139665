#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define LEVEL_BEFORE (RATE_HZ * 120 / 1000)

void cut_beat(const uint16_t *uv, int32_t mask, int32_t first, int32_t r, int32_t n, int32_t *out) {
    int32_t level = 0;
    for (int32_t i = r - LEVEL_BEFORE; i < r - LEVEL_BEFORE + 16; ++i) {
        level += uv[i & mask];
    }
    level >>= 4;
    for (int32_t i = 0; i < n; ++i) {
        out[i] = uv[(first + i) & mask] - level;
    }
}

int32_t shape_difference(const int32_t *beat, const int32_t *other, int32_t shift, int32_t first, int32_t n) {
    int32_t mean = 0;
    for (int32_t i = first; i < first + n; ++i) {
        mean += beat[i] - (other[i] >> shift);
    }
    mean = floor_div(mean, n);
    int32_t difference = 0;
    int32_t size = 1;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t value = other[i] >> shift;
        difference += magnitude(beat[i] - value - mean);
        size += magnitude(value);
    }
    // in two parts: 256 times the whole may not fit
    int32_t whole = difference / size;
    return whole >= 4 ? 1024 : (whole << 8) + ((difference - whole * size) << 8) / size;
}

void blend(const int32_t *beat, int32_t *mean, int32_t shift, int32_t count, int32_t n) {
    for (int32_t i = 0; i < n; ++i) {
        mean[i] += floor_div((beat[i] << shift) - mean[i], count);
    }
}

static int32_t triple(const int32_t *values, int32_t at) {
    return values[at] + values[at + 1] + values[at + 2];
}

int32_t triple_peak(const int32_t *values, int32_t first, int32_t n) {
    int32_t top = 0;
    for (int32_t i = 0; i < n; ++i) {
        int32_t value = magnitude(triple(values, first + 3 * i));
        top = value > top ? value : top;
    }
    return top;
}

void triple_shape(const int32_t *values, int32_t first, int32_t shift, int32_t peak, int32_t n, int8_t *out,
    int32_t channel) {
    for (int32_t i = 0; i < n; ++i) {
        int32_t value = floor_div((triple(values, first + 3 * i) >> shift) * 64, peak);
        out[2 * i + channel] = value > 127 ? 127 : value < -128 ? -128 : value;
    }
}
