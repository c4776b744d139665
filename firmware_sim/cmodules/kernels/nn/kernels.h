// The kernels of firmware/nn in C: same names, same arguments, same bytes as those in viper.
//
// Nothing is checked here: the interpreter has checked every size before it calls. `p` holds a step's parameters (their
// order is told in firmware/nn/loading/window.py and beside each viper kernel), `table` what was computed when the model was
// loaded, `scratch` working memory.
#ifndef VITALBAND_NN_KERNELS_H
#define VITALBAND_NN_KERNELS_H

#include <stdint.h>

#if defined(__GNUC__) && !defined(__clang__)
// ports are usually built for size; these loops are what the module is for
#pragma GCC optimize("O2")
#endif

// A function of its own: inlined, its loop would share registers with all around it.
#define NN_APART __attribute__((noinline))

typedef struct {
    const int32_t *p;
    int8_t *arena;
    const uint8_t *model;
    const int32_t *table;
    int32_t *scratch;
} nn_step_t;

// Parameters of a window, by position.
enum {
    NN_IN, NN_OUT, NN_HEIGHT, NN_WIDTH, NN_DEPTH_IN, NN_KERNEL_H, NN_KERNEL_W, NN_STRIDE_H, NN_STRIDE_W, NN_TOP, NN_LEFT,
    NN_STEP_H, NN_STEP_W, NN_COLUMNS, NN_POSITIONS, NN_DEPTH, NN_LOW, NN_HIGH, NN_ZERO, NN_PAD, NN_FIRST, NN_OUT_ROW,
    NN_OUT_COLUMN, NN_PACKED, NN_WEIGHTS, NN_WEIGHTS_CHANNEL, NN_ROWS, NN_ROW_STEP, NN_RUNS, NN_RUN_STEP, NN_RUN,
};

// A channel's row of the table: bias with the input's zero point taken off, multiplier, and a word whose lower six bits
// are its right shift + 32 (the others are the sum of the weights, which viper's kernels need).
enum { NN_BIAS, NN_MULTIPLIER, NN_TAIL, NN_ROW };

static inline int32_t nn_shift(const int32_t *row) {
    return (row[NN_TAIL] & 63) - 32;
}

// First word of the sums in the scratch.
enum { NN_SUMS = 4 };

// (a * b + 2**30) >> 31
static inline int32_t nn_high(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

// value / 2**bits to the nearest, halves away from zero; bits > 0
static inline int32_t nn_rounding_shift(int32_t value, int32_t bits) {
    return (((value + (value >> 31)) >> (bits - 1)) + 1) >> 1;
}

// twice * multiplier / 2**32 to the nearest: the rounding bit is the top of the lower word
static inline int32_t nn_twice(int32_t twice, int32_t multiplier) {
    int64_t product = (int64_t)twice * multiplier;
    return (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
}

// value * multiplier * 2**(-31 - shift), rounded twice as TensorFlow Lite's reference kernels round; |value| < 2**30
static inline int32_t nn_scale(int32_t value, int32_t multiplier, int32_t shift) {
    int32_t high = nn_twice((int32_t)((uint32_t)value << (shift < 0 ? 1 - shift : 1)), multiplier);
    return shift > 0 ? nn_rounding_shift(high, shift) : high;
}

// How results are written: copied, because a store of bytes might change parameters for all the compiler knows.
typedef struct {
    int32_t low, high, zero;
} nn_limits_t;

static inline nn_limits_t nn_limits(const int32_t *p) {
    return (nn_limits_t) { p[NN_LOW], p[NN_HIGH], p[NN_ZERO] };
}

static inline int8_t nn_clamp(int32_t value, nn_limits_t limits) {
    value = value > limits.high ? limits.high : value;
    return value < limits.low ? limits.low : value;
}

// An accumulator with its channel's row of the table as an output
static inline int8_t nn_output(int32_t sum, const int32_t *row, nn_limits_t limits) {
    return nn_clamp(nn_scale(sum, row[NN_MULTIPLIER], nn_shift(row)) + limits.zero, limits);
}

void nn_conv(const nn_step_t *step);
void nn_depthwise(const nn_step_t *step);
void nn_copy(const nn_step_t *step);
void nn_fill(const nn_step_t *step);
void nn_lookup(const nn_step_t *step);
void nn_add(const nn_step_t *step);
void nn_average_pool(const nn_step_t *step);
void nn_max_pool(const nn_step_t *step);
void nn_mean(const nn_step_t *step);
void nn_resize(const nn_step_t *step);
void nn_softmax(const nn_step_t *step);

#endif
