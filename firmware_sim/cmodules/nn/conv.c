// Convolutions: the inputs of one output position are gathered, then every channel is a dot product over them.
#include "kernels.h"

#include <string.h>

// Inputs of an output position in the order of the weights, padding included; where it is written.
static int32_t gather(const nn_step_t *step, int32_t position, int8_t *s) {
    const int32_t *p = step->p;
    int32_t depth = p[NN_DEPTH_IN], row = position / p[NN_COLUMNS], column = position % p[NN_COLUMNS];
    int32_t y = row * p[NN_STRIDE_H] + p[NN_TOP], left = column * p[NN_STRIDE_W] + p[NN_LEFT];
    // taps that are neighbours in the input are copied in one go
    int32_t run = p[NN_STEP_W] == 1 ? p[NN_KERNEL_W] : 1;
    for (int32_t i = 0; i < p[NN_KERNEL_H]; i++, y += p[NN_STEP_H]) {
        int32_t x = left;
        for (int32_t j = 0; j < p[NN_KERNEL_W]; j += run, x += p[NN_STEP_W]) {
            int32_t start = x >= 0 ? 0 : -x < run ? -x : run;
            int32_t end = x + run <= p[NN_WIDTH] ? run : p[NN_WIDTH] > x ? p[NN_WIDTH] - x : 0;
            if (y < 0 || y >= p[NN_HEIGHT] || end < start) {
                start = end = run;
            }
            memset(s, p[NN_PAD] - 128, start * depth);
            const int8_t *from = step->arena + p[NN_IN] + (y * p[NN_WIDTH] + x + start) * depth;
            if (end > start) {
                memcpy(s + start * depth, from, (end - start) * depth);
            }
            memset(s + end * depth, p[NN_PAD] - 128, (run - end) * depth);
            s += run * depth;
        }
    }
    return p[NN_FIRST] + row * p[NN_OUT_ROW] + column * p[NN_OUT_COLUMN];
}

// Adds to sums[0] and sums[1] the products of n inputs with the weights of two channels.
static inline void dot2(const int8_t *s, const int8_t *w, const int8_t *v, int32_t n, int32_t *sums) {
    int32_t a = sums[0], b = sums[1];
    for (; n >= 4; n -= 4, s += 4, w += 4, v += 4) {
        int32_t x = s[0];
        a += x * w[0];
        b += x * v[0];
        x = s[1];
        a += x * w[1];
        b += x * v[1];
        x = s[2];
        a += x * w[2];
        b += x * v[2];
        x = s[3];
        a += x * w[3];
        b += x * v[3];
    }
    for (; n > 0; n--, s++, w++, v++) {
        a += *s * *w;
        b += *s * *v;
    }
    sums[0] = a;
    sums[1] = b;
}

// Two channels of a position; the weights of each lie in p[NN_ROWS] rows of p[NN_RUNS] runs.
static inline void channels(const int32_t *p, const int8_t *s, const int8_t *w, int32_t next, int32_t *sums) {
    int32_t runs = p[NN_RUNS], run = p[NN_RUN];
    for (int32_t left = p[NN_ROWS] * runs; left > 0; s += run) {
        dot2(s, w, w + next, run, sums);
        if (--left > 0) {
            w += left % runs ? p[NN_RUN_STEP] : p[NN_ROW_STEP];
        }
    }
}

void nn_conv(const nn_step_t *step) {
    const int32_t *p = step->p;
    int8_t *s = (int8_t *)(step->scratch + p[NN_PACKED]);
    nn_limits_t limits = nn_limits(p);
    int32_t positions = p[NN_POSITIONS], depth = p[NN_DEPTH], stride = p[NN_WEIGHTS_CHANNEL];
    for (int32_t i = 0; i < positions; i++) {
        int8_t *out = step->arena + gather(step, i, s);
        const int32_t *row = step->table;
        const int8_t *w = (const int8_t *)step->model + p[NN_WEIGHTS];
        for (int32_t c = 0; c < depth; c += 2, w += 2 * stride) {
            // an odd last channel is computed twice
            int32_t both = c + 1 < depth;
            int32_t sums[2] = { row[NN_BIAS], row[both * NN_ROW + NN_BIAS] };
            channels(p, s, w, both * stride, sums);
            for (int32_t k = 0; k <= both; k++, row += NN_ROW) {
                out[c + k] = nn_output(sums[k], row, limits);
            }
        }
    }
}

void nn_depthwise(const nn_step_t *step) {
    const int32_t *p = step->p;
    int8_t *s = (int8_t *)(step->scratch + p[NN_PACKED]);
    int32_t depth = p[NN_DEPTH], depth_in = p[NN_DEPTH_IN], taps = p[NN_KERNEL_H] * p[NN_KERNEL_W];
    int32_t repeat = depth / depth_in;
    nn_limits_t limits = nn_limits(p);
    for (int32_t i = 0; i < p[NN_POSITIONS]; i++) {
        int8_t *out = step->arena + gather(step, i, s);
        const int32_t *row = step->table;
        for (int32_t c = 0; c < depth; c++, row += NN_ROW) {
            const int8_t *w = (const int8_t *)step->model + p[NN_WEIGHTS] + c;
            const int8_t *x = s + (repeat == 1 ? c : c / repeat);
            int32_t sum = row[NN_BIAS];
            for (int32_t tap = 0; tap < taps; tap++, x += depth_in, w += depth) {
                sum += *x * *w;
            }
            out[c] = nn_output(sum, row, limits);
        }
    }
}
