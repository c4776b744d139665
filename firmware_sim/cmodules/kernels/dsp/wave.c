#include "kernels.h"

int32_t tallest(const int32_t *values, int32_t first, int32_t last) {
    int32_t top = 0;
    for (int32_t i = first; i <= last; ++i) {
        top = values[i] > top ? values[i] : top;
    }
    return top;
}

int32_t likeliest_hump(const int32_t *source, int32_t first, int32_t last, int32_t reach, int32_t middle,
    int32_t breadth) {
    int32_t best = -1;
    int32_t top = -1;
    for (int32_t i = first; i <= last; ++i) {
        int32_t value = magnitude(2 * source[i] - source[i - reach] - source[i + reach]);
        if (breadth) {
            value *= breadth - magnitude(i - middle);
        }
        if (value > top) {
            top = value;
            best = i;
        }
    }
    return best;
}

int32_t extremum(const int32_t *source, int32_t first, int32_t last, int32_t sign) {
    int32_t best = first;
    for (int32_t i = first + 1; i <= last; ++i) {
        if (sign * source[i] > sign * source[best]) {
            best = i;
        }
    }
    return best;
}

int32_t steepest(const int32_t *source, int32_t first, int32_t last, int32_t step, int32_t sign) {
    int32_t best = first;
    int32_t top = -1;
    for (int32_t i = first; i != last; i += step) {
        int32_t fall = sign * (source[i - step] - source[i + step]);
        if (fall > top) {
            top = fall;
            best = i;
        }
    }
    return best;
}

int32_t wave_edge(const int32_t *source, int32_t steep, int32_t far, int32_t sign) {
    int32_t step = far > steep ? 1 : -1;
    int32_t level = sign * source[steep];
    int32_t span = (far - steep) * step;
    int32_t best = steep;
    int32_t top = -1;
    for (int32_t k = 1; k <= span; ++k) {
        int32_t at = steep + k * step;
        int32_t area = (level - sign * source[at]) * (2 * span - k);
        if (area > top) {
            top = area;
            best = at;
        }
    }
    return best;
}

int32_t quiet_edge(const int32_t *slope, int32_t start, int32_t end, int32_t bar, int32_t run) {
    int32_t step = end > start ? 1 : -1;
    int32_t edge = start;
    int32_t calm = 0;
    for (int32_t i = start; i != end && calm < run; i += step) {
        if (slope[i] > bar) {
            edge = i;
            calm = 0;
        } else {
            ++calm;
        }
    }
    return edge;
}
