#include "kernels.h"

#define FULL 1024
#define LONG 24

int32_t normalise(int32_t *values, int32_t n) {
    int32_t mean = 0;
    for (int32_t i = 0; i < n; ++i) {
        mean += values[i];
    }
    mean = floor_div(mean, n);
    int32_t size = 0;
    for (int32_t i = 0; i < n; ++i) {
        values[i] -= mean;
        size += magnitude(values[i]);
    }
    size /= n;
    if (size) {
        for (int32_t i = 0; i < n; ++i) {
            values[i] = within(floor_div(values[i] << 8, size), 1023);
        }
    }
    return size;
}

void correlate(const int32_t *values, int32_t n, int32_t low, int32_t high, int32_t *out) {
    int32_t power = 0;
    for (int32_t i = 0; i < n; ++i) {
        power += values[i] * values[i];
    }
    power /= n;
    power = power ? power : 1;
    for (int32_t lag = low; lag <= high; ++lag) {
        int32_t total = 0;
        // at long lags the signal is slow: every second product says as much
        int32_t step = lag < LONG ? 1 : 2;
        for (int32_t i = lag; i < n; i += step) {
            total += values[i] * values[i - lag];
        }
        out[lag] = within(floor_div(floor_div(total * step, n - lag) << 10, power), FULL);
    }
}

static int peaks(const int32_t *curve, int32_t lag) {
    return curve[lag - 1] <= curve[lag] && curve[lag] >= curve[lag + 1];
}

int32_t find_period(const int32_t *curve, int32_t low, int32_t high, int32_t ratio_q8) {
    int32_t top = 0;
    for (int32_t lag = low; lag <= high; ++lag) {
        if (curve[lag] > top && peaks(curve, lag)) {
            top = curve[lag];
        }
    }
    for (int32_t lag = low; lag <= high; ++lag) {
        if (curve[lag] << 8 >= top * ratio_q8 && curve[lag] > 0 && peaks(curve, lag)) {
            return lag;
        }
    }
    return 0;
}

void product(const int16_t *ring, int32_t first, int32_t n, int32_t mask, int32_t lag, int32_t middle, int32_t *out) {
    int32_t high = 0;
    int32_t low = 0;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t value = ((ring[i & mask] - middle) >> 2) * ((ring[(i - lag) & mask] - middle) >> 2);
        high += value >> 16;
        low += value & 0xFFFF;
    }
    out[0] = high;
    out[1] = low;
}
