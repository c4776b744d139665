#include "kernels.h"

#define ASIDE 4
#define SCALES 24
#define SUMS 27
#define BENDS 43
#define RATE_HZ 250 // frontends.ecg: RATE_HZ
#define MAINS (RATE_HZ / 50)
#define UNIT 48

void qrs_evidence_features(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t *work, int8_t *out) {
    for (int32_t i = 0; i < SCALES; ++i) {
        work[i] = 0;
    }
    int32_t last = uv[first & mask];
    int32_t total = 0;
    int32_t sum = 0;
    int32_t at = first;
    for (int32_t g = 0; g < n + ASIDE; ++g) {
        if (g < n) {
            sum = last;
            int32_t bend = 0;
            for (int32_t i = 0; i < 4; ++i, ++at) {
                last = uv[at & mask];
                int32_t middle = at - MAINS > first ? at - MAINS : first;
                int32_t before = middle - MAINS > first ? middle - MAINS : first;
                bend += magnitude(last - 2 * uv[middle & mask] + uv[before & mask]);
                sum += last;
            }
            work[BENDS + (g & 15)] = bend;
        }
        if (g == 0) {
            total = (ASIDE + 1) * sum;
            for (int32_t i = 0; i < 16; ++i) {
                work[SUMS + i] = sum;
            }
        } else {
            total += sum - (g < ASIDE + 1 ? 0 : work[SUMS + ((g - 2 * ASIDE - 1) & 15)]);
            work[SUMS + (g & 15)] = sum;
        }
        int32_t f = g - ASIDE;
        if (f < 0) {
            continue;
        }
        int32_t here = work[SUMS + (f & 15)];
        int32_t values[3] = {
            f ? here - work[SUMS + ((f - 1) & 15)] : 0,
            (2 * ASIDE + 1) * here - total,
            work[BENDS + (f & 15)],
        };
        for (int32_t channel = 0; channel < 3; ++channel) {
            int32_t scale = work[SCALES + channel];
            int32_t value = floor_div(values[channel] * UNIT + (scale >> 1), scale);
            out[3 * f + channel] = value > 127 ? 127 : value < -128 ? -128 : value;
            int32_t *top = work + 3 * (8 * f / n) + channel;
            *top = magnitude(values[channel]) > *top ? magnitude(values[channel]) : *top;
        }
    }
}
