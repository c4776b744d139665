// Softmax in the fixed point of TensorFlow Lite's reference kernel.
#include "kernels.h"

enum { DEPTH = 2, ROWS, ENTRIES, UNIT, SLOPE, START };
// Integer bits of the sum of exponentials: they are added up in Q12.19.
enum { SUM_BITS = 12 };

// Reciprocal in Q0.31 of a sum in Q12.19, brought to [1, 2): three steps of Newton's method in Q2.29.
static int32_t invert(const int32_t *p, int32_t sum, int32_t bits) {
    int32_t half = (int32_t)(((uint32_t)sum << (31 - bits)) & 0x3FFFFFFF) + (1 << p[UNIT]);
    int32_t x = nn_high(half, p[SLOPE]) + p[START];
    for (int32_t i = 0; i < 3; i++) {
        x += (int32_t)((uint32_t)nn_high((1 << 29) - nn_high(half, x), x) << 2);
    }
    return x >= 1 << p[UNIT] ? INT32_MAX : (int32_t)((uint32_t)x << 1);
}

static void softmax_row(const nn_step_t *step, const int8_t *x, int8_t *y) {
    const int32_t *p = step->p, *exponentials = step->table;
    int32_t most = -128, sum = 0, bits = 0;
    for (int32_t i = 0; i < p[DEPTH]; i++) {
        most = x[i] > most ? x[i] : most;
    }
    for (int32_t i = 0; i < p[DEPTH]; i++) {
        int32_t away = most - x[i];
        sum += away < p[ENTRIES] ? nn_rounding_shift(exponentials[away], SUM_BITS) : 0;
    }
    while (sum >> bits > 0) {
        bits++;
    }
    int32_t scale = invert(p, sum, bits), shift = SUM_BITS - (32 - bits) + 31 - 8;
    for (int32_t i = 0; i < p[DEPTH]; i++) {
        int32_t away = most - x[i];
        int32_t v = away < p[ENTRIES] ? nn_rounding_shift(nn_high(scale, exponentials[away]), shift) : 0;
        y[i] = v > 255 ? 127 : v - 128;
    }
}

void nn_softmax(const nn_step_t *step) {
    const int32_t *p = step->p;
    for (int32_t i = 0; i < p[ROWS]; i++) {
        softmax_row(step, step->arena + p[NN_IN] + i * p[DEPTH], step->arena + p[NN_OUT] + i * p[DEPTH]);
    }
}
