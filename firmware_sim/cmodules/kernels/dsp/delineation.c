#include "kernels.h"

#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define LEVEL_BEFORE (RATE_HZ * 120 / 1000)
#define QRS_REACH (RATE_HZ * 64 / 1000)
#define MIN_AMPLITUDE_UV_Q4 320

static int8_t limited(int32_t value) {
    return value > 127 ? 127 : value < -128 ? -128 : value;
}

void delineator_features(const int32_t *beat, int32_t r, int32_t n, int8_t *out) {
    int32_t level = 0;
    for (int32_t i = r - LEVEL_BEFORE; i < r - LEVEL_BEFORE + 16; ++i) {
        level += beat[i];
    }
    level >>= 4;
    int32_t amplitude = MIN_AMPLITUDE_UV_Q4;
    for (int32_t i = r - QRS_REACH; i <= r + QRS_REACH; ++i) {
        int32_t value = magnitude(beat[i] - level);
        amplitude = value > amplitude ? value : amplitude;
    }
    for (int32_t i = 0; i < n; ++i) {
        int32_t fine = floor_div((beat[i] - level) * 512 + (amplitude >> 1), amplitude);
        out[2 * i] = limited((fine + 4) >> 3);
        out[2 * i + 1] = limited(fine);
    }
}

void mean_probabilities(const int8_t *output, int32_t count, int32_t n, uint8_t *mean) {
    for (int32_t i = 0; i < n; ++i) {
        mean[i] = (mean[i] * (count - 1) + output[i] + 128 + (count >> 1)) / count;
    }
}

int32_t argmax(const uint8_t *mean, int32_t wave, int32_t first, int32_t last) {
    int32_t best = first;
    int32_t top = -1;
    for (int32_t i = first; i <= last; ++i) {
        int32_t value = mean[3 * i + wave];
        if (value > top) {
            top = value;
            best = i;
        }
    }
    return best;
}

int32_t threshold_crossing(const uint8_t *mean, int32_t wave, int32_t start, int32_t end, int32_t threshold) {
    int32_t step = end > start ? 1 : -1;
    int32_t before = mean[3 * start + wave];
    for (int32_t i = start; i != end; i += step) {
        int32_t here = mean[3 * (i + step) + wave];
        if (here < threshold && before >= threshold) {
            return 16 * i + 4 + step * (16 * (before - threshold) / (before - here));
        }
        before = here;
    }
    return -1;
}

int32_t farthest_from_chord(const int32_t *beat, int32_t first, int32_t last) {
    int32_t best = first;
    int32_t top = -1;
    for (int32_t i = first; i <= last; ++i) {
        int32_t value = magnitude((beat[i] - beat[first]) * (last - first) - (beat[last] - beat[first]) * (i - first));
        if (value > top) {
            top = value;
            best = i;
        }
    }
    return best;
}
