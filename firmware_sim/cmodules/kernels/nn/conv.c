// Convolutions: every output is a dot product over the inputs that its position sees, two positions and two channels at
// a time. Where a position sees no padding and no gaps, its inputs are read where they are; else they are gathered first.
#include "kernels.h"

#include <stdbool.h>
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

// What output positions see: their inputs as `runs` runs of `run` bytes, `step` apart, and where their outputs go.
typedef struct {
    const int8_t *a, *b;
    int8_t *out_a, *out_b;
    int32_t runs, run, step;
} view_t;

// Inputs of a position as they lie in the arena, NULL where it sees padding or gaps; where it is written.
static const int8_t *inside(const nn_step_t *step, int32_t position, int8_t **out) {
    const int32_t *p = step->p;
    int32_t row = position / p[NN_COLUMNS], column = position % p[NN_COLUMNS];
    int32_t y = row * p[NN_STRIDE_H] + p[NN_TOP], x = column * p[NN_STRIDE_W] + p[NN_LEFT];
    *out = step->arena + p[NN_FIRST] + row * p[NN_OUT_ROW] + column * p[NN_OUT_COLUMN];
    if (p[NN_STEP_W] != 1 || p[NN_STEP_H] < 0 || x < 0 || x + p[NN_KERNEL_W] > p[NN_WIDTH]
        || y < 0 || y + (p[NN_KERNEL_H] - 1) * p[NN_STEP_H] >= p[NN_HEIGHT]) {
        return NULL;
    }
    return step->arena + p[NN_IN] + (y * p[NN_WIDTH] + x) * p[NN_DEPTH_IN];
}

// Two positions, of which the second may be the first.
static view_t look(const nn_step_t *step, int32_t first, int32_t second) {
    const int32_t *p = step->p;
    view_t view;
    view.a = inside(step, first, &view.out_a);
    view.b = view.a;
    view.out_b = view.out_a;
    if (second != first) {
        view.b = inside(step, second, &view.out_b);
    }
    view.runs = p[NN_KERNEL_H];
    view.run = p[NN_KERNEL_W] * p[NN_DEPTH_IN];
    view.step = p[NN_STEP_H] * p[NN_WIDTH] * p[NN_DEPTH_IN];
    if (!view.a || !view.b) {
        int8_t *s = (int8_t *)(step->scratch + p[NN_PACKED]);
        int32_t n = view.runs * view.run;
        gather(step, first, s);
        view.a = view.b = s;
        if (second != first) {
            view.b = s + n;
            gather(step, second, s + n);
        }
        view.step = view.run;
    }
    return view;
}

// Weights of a step: those of the first channel, bytes from channel to channel, channels.
typedef struct {
    const int8_t *first;
    int32_t stride, depth;
} weights_t;

// Adds to each channel's sum for both positions the products of n inputs; the second position's lie `gap` bytes behind
// the first's.
static NN_APART void add2(const int8_t *inputs, int32_t gap, int32_t n, const weights_t *weights, int32_t *sums) {
    const int8_t *line = weights->first;
    int32_t stride = weights->stride, left = weights->depth;
    int32_t *others = sums + left;
    for (; left > 0; left -= 2, line += 2 * stride, sums += 2, others += 2) {
        // an odd last channel is computed twice
        int32_t next = left > 1 ? stride : 0, both = left > 1;
        int32_t s0 = sums[0], s1 = sums[both], t0 = others[0], t1 = others[both];
        const int8_t *a = inputs, *w = line, *end = inputs + n;
        // not unrolled: this takes all registers there are
        while (a < end) {
            int32_t x = a[gap], k = w[next], y = *a++, l = *w++;
            s0 += y * l;
            s1 += y * k;
            t0 += x * l;
            t1 += x * k;
        }
        sums[0] = s0;
        others[0] = t0;
        sums[both] = s1;
        others[both] = t1;
    }
}

// The same for one position.
static NN_APART void add1(const int8_t *inputs, int32_t n, const weights_t *weights, int32_t *sums) {
    const int8_t *line = weights->first;
    int32_t stride = weights->stride;
    for (int32_t left = weights->depth; left > 0; left -= 2, line += 2 * stride, sums += 2) {
        int32_t next = left > 1 ? stride : 0, both = left > 1;
        int32_t s0 = sums[0], s1 = sums[both];
        const int8_t *a = inputs, *w = line, *end = inputs + n;
        while (a < end) {
            int32_t k = w[next], y = *a++;
            s0 += y * *w++;
            s1 += y * k;
        }
        sums[0] = s0;
        sums[both] = s1;
    }
}

// Every channel's sums with what `view` sees, in pieces as long as inputs and weights are in one piece each.
static void accumulate(const nn_step_t *step, const view_t *view, int32_t *sums) {
    const int32_t *p = step->p;
    weights_t weights = { (const int8_t *)step->model + p[NN_WEIGHTS], p[NN_WEIGHTS_CHANNEL], p[NN_DEPTH] };
    int32_t pieces = p[NN_ROWS] * p[NN_RUNS];
    // weights in pieces belong to inputs that were gathered
    int32_t whole = pieces == 1, runs = whole ? view->runs : pieces, run = whole ? view->run : p[NN_RUN];
    int32_t stride = whole ? view->step : run;
    const int8_t *a = view->a;
    for (int32_t left = runs; left > 0; a += stride) {
        if (view->out_a == view->out_b) {
            add1(a, run, &weights, sums);
        } else {
            add2(a, view->b - view->a, run, &weights, sums);
        }
        left--;
        weights.first += whole ? run : left % p[NN_RUNS] ? p[NN_RUN_STEP] : p[NN_ROW_STEP];
    }
}

// Whether outputs are not limited and all multipliers are below 1/2, which is the rule.
static bool usual(const nn_step_t *step) {
    const int32_t *p = step->p, *row = step->table;
    bool all = p[NN_LOW] == -128 && p[NN_HIGH] == 127;
    for (int32_t c = 0; c < p[NN_DEPTH]; c++, row += NN_ROW) {
        all &= nn_shift(row) > 0;
    }
    return all;
}

// A position's outputs from its sums
static NN_APART void requantise(const nn_step_t *step, const int32_t *sums, int8_t *out, bool fast) {
    const int32_t *row = step->table;
    nn_limits_t limits = nn_limits(step->p);
    int8_t *end = out + step->p[NN_DEPTH];
    while (fast && out < end) {
        int32_t value = nn_twice(*sums++ * 2, row[NN_MULTIPLIER]);
        value = nn_rounding_shift(value, nn_shift(row)) + limits.zero;
        value = value < -128 ? -128 : value;
        *out++ = value > 127 ? 127 : value;
        row += NN_ROW;
    }
    while (out < end) {
        *out++ = nn_output(*sums++, row, limits);
        row += NN_ROW;
    }
}

void nn_conv(const nn_step_t *step) {
    const int32_t *p = step->p;
    int32_t positions = p[NN_POSITIONS], depth = p[NN_DEPTH];
    int32_t *sums = step->scratch + NN_SUMS, *others = sums + depth;
    bool fast = usual(step);
    for (int32_t i = 0; i < positions; i += 2) {
        view_t view = look(step, i, i + 1 < positions ? i + 1 : i);
        const int32_t *row = step->table;
        for (int32_t c = 0; c < depth; c++, row += NN_ROW) {
            sums[c] = others[c] = row[NN_BIAS];
        }
        accumulate(step, &view, sums);
        requantise(step, sums, view.out_a, fast);
        if (view.out_a != view.out_b) {
            requantise(step, others, view.out_b, fast);
        }
    }
}

// Sums of four channels
typedef struct {
    int32_t s, t, u, v;
} four_t;

// Channels c to c + 3 of a position: each input channel has its own weights.
static inline four_t lanes(const view_t *view, const int8_t *w, int32_t c, int32_t depth) {
    four_t sums = { 0, 0, 0, 0 };
    const int8_t *line = view->a + c;
    w += c;
    for (int32_t row = view->runs; row > 0; row--, line += view->step) {
        for (const int8_t *x = line, *end = line + view->run; x < end; x += depth, w += depth) {
            sums.s += x[0] * w[0];
            sums.t += x[1] * w[1];
            sums.u += x[2] * w[2];
            sums.v += x[3] * w[3];
        }
    }
    return sums;
}

// One channel of a position
static inline int32_t lane(const view_t *view, const int8_t *w, const int8_t *line, int32_t depth_in, int32_t depth) {
    int32_t sum = 0;
    for (int32_t row = view->runs; row > 0; row--, line += view->step) {
        for (const int8_t *x = line, *end = line + view->run; x < end; x += depth_in, w += depth) {
            sum += *x * *w;
        }
    }
    return sum;
}

// Every channel's sum for a position, bias included
static NN_APART void add_lanes(const nn_step_t *step, const view_t *view, int32_t *sums) {
    const int32_t *p = step->p, *row = step->table;
    const int8_t *w = (const int8_t *)step->model + p[NN_WEIGHTS];
    int32_t depth = p[NN_DEPTH], depth_in = p[NN_DEPTH_IN], repeat = depth / depth_in, c = 0;
    for (; repeat == 1 && c + 4 <= depth; c += 4, row += 4 * NN_ROW) {
        four_t four = lanes(view, w, c, depth);
        sums[c] = row[NN_BIAS] + four.s;
        sums[c + 1] = row[NN_ROW + NN_BIAS] + four.t;
        sums[c + 2] = row[2 * NN_ROW + NN_BIAS] + four.u;
        sums[c + 3] = row[3 * NN_ROW + NN_BIAS] + four.v;
    }
    for (; c < depth; c++, row += NN_ROW) {
        sums[c] = row[NN_BIAS] + lane(view, w + c, view->a + c / repeat, depth_in, depth);
    }
}

void nn_depthwise(const nn_step_t *step) {
    int32_t *sums = step->scratch + NN_SUMS;
    bool fast = usual(step);
    for (int32_t i = 0; i < step->p[NN_POSITIONS]; i++) {
        view_t view = look(step, i, i);
        add_lanes(step, &view, sums);
        requantise(step, sums, view.out_a, fast);
    }
}
