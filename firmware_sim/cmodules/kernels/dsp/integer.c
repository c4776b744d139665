#include "kernels.h"

int32_t root(int32_t value) {
    int32_t result = 0;
    for (int32_t bit = 0x8000; bit; bit >>= 1) {
        int32_t larger = result + bit;
        // 46340 is the largest whose square fits
        if (larger <= 46340 && larger * larger <= value) {
            result = larger;
        }
    }
    return result;
}

void copy_words(int32_t *out, int32_t at, const int32_t *source, int32_t first, int32_t n) {
    for (int32_t i = 0; i < n; ++i) {
        out[at + i] = source[first + i];
    }
}

void clear_words(int32_t *out, int32_t n) {
    for (int32_t i = 0; i < n; ++i) {
        out[i] = 0;
    }
}

void fill_ring(uint16_t *ring, int32_t mask, int32_t first, int32_t n, int32_t value) {
    for (int32_t i = first; i < first + n; ++i) {
        ring[i & mask] = value;
    }
}

void unroll(const int16_t *ring, int32_t first, int32_t n, int32_t mask, int32_t *out) {
    for (int32_t i = 0; i < n; ++i) {
        out[i] = ring[(first + i) & mask];
    }
}

int32_t ring_mean(const int16_t *ring, int32_t start, int32_t end, int32_t mask) {
    int32_t total = 0;
    for (int32_t i = start; i < end; ++i) {
        total += ring[i & mask];
    }
    return floor_div(total, end - start);
}

int32_t ring_max(const int16_t *ring, int32_t start, int32_t end, int32_t mask) {
    int32_t best = 0;
    for (int32_t i = start; i < end; ++i) {
        int32_t value = ring[i & mask];
        best = value > best ? value : best;
    }
    return best;
}

int32_t ring_min(const int16_t *ring, int32_t start, int32_t end, int32_t mask) {
    int32_t best = 0x7FFF;
    for (int32_t i = start; i < end; ++i) {
        int32_t value = ring[i & mask];
        best = value < best ? value : best;
    }
    return best;
}

int32_t ring_peak_to_peak(const int16_t *ring, int32_t start, int32_t end, int32_t mask) {
    int32_t low = ring[start & mask];
    int32_t high = low;
    for (int32_t i = start; i < end; ++i) {
        int32_t value = ring[i & mask];
        low = value < low ? value : low;
        high = value > high ? value : high;
    }
    return high - low;
}

void sort_words(int32_t *values, int32_t n) {
    for (int32_t i = 1; i < n; ++i) {
        int32_t value = values[i];
        int32_t j = i - 1;
        for (; j >= 0 && values[j] > value; --j) {
            values[j + 1] = values[j];
        }
        values[j + 1] = value;
    }
}
