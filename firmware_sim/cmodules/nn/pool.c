// Pooling, averaging and resizing.
#include "kernels.h"

#include <string.h>

typedef struct {
    const int8_t *first;
    int32_t rows, columns;
} frame_t;

// What an output position sees of the input.
static frame_t frame(const nn_step_t *step, int32_t position) {
    const int32_t *p = step->p;
    int32_t top = position / p[NN_COLUMNS] * p[NN_STRIDE_H] + p[NN_TOP];
    int32_t left = position % p[NN_COLUMNS] * p[NN_STRIDE_W] + p[NN_LEFT];
    int32_t bottom = top + p[NN_KERNEL_H], right = left + p[NN_KERNEL_W];
    top = top < 0 ? 0 : top;
    left = left < 0 ? 0 : left;
    bottom = bottom > p[NN_HEIGHT] ? p[NN_HEIGHT] : bottom;
    right = right > p[NN_WIDTH] ? p[NN_WIDTH] : right;
    const int8_t *first = step->arena + p[NN_IN] + (top * p[NN_WIDTH] + left) * p[NN_DEPTH];
    return (frame_t) { first, bottom - top, right - left };
}

static int32_t average(const frame_t *f, const int8_t *x, int32_t row, int32_t depth) {
    int32_t sum = 0, count = f->rows * f->columns;
    for (int32_t i = 0; i < f->rows; i++, x += row) {
        for (int32_t j = 0; j < f->columns; j++) {
            sum += x[j * depth];
        }
    }
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

static int32_t largest(const frame_t *f, const int8_t *x, int32_t row, int32_t depth) {
    int32_t most = -128;
    for (int32_t i = 0; i < f->rows; i++, x += row) {
        for (int32_t j = 0; j < f->columns; j++) {
            most = x[j * depth] > most ? x[j * depth] : most;
        }
    }
    return most;
}

static void pool(const nn_step_t *step, int32_t (*reduce)(const frame_t *, const int8_t *, int32_t, int32_t)) {
    const int32_t *p = step->p;
    int8_t *y = step->arena + p[NN_OUT];
    nn_limits_t limits = nn_limits(p);
    for (int32_t i = 0; i < p[NN_POSITIONS]; i++) {
        frame_t f = frame(step, i);
        for (int32_t c = 0; c < p[NN_DEPTH]; c++) {
            *y++ = nn_clamp(reduce(&f, f.first + c, p[NN_WIDTH] * p[NN_DEPTH], p[NN_DEPTH]), limits);
        }
    }
}

void nn_average_pool(const nn_step_t *step) {
    pool(step, average);
}

void nn_max_pool(const nn_step_t *step) {
    pool(step, largest);
}

void nn_mean(const nn_step_t *step) {
    const int32_t *p = step->p, *row = step->table;
    int32_t depth = p[NN_DEPTH], count = p[NN_HEIGHT] * p[NN_WIDTH];
    nn_limits_t limits = nn_limits(p);
    for (int32_t c = 0; c < depth; c++, row += NN_ROW) {
        const int8_t *x = step->arena + p[NN_IN] + c;
        int32_t sum = row[NN_BIAS];
        for (int32_t i = 0; i < count; i++) {
            sum += x[i * depth];
        }
        step->arena[p[NN_OUT] + c] = nn_output(sum, row, limits);
    }
}

// 5 and 6 the output's height and width
void nn_resize(const nn_step_t *step) {
    const int32_t *p = step->p;
    int8_t *y = step->arena + p[NN_OUT];
    for (int32_t i = 0; i < p[5]; i++) {
        int32_t row = i * p[NN_HEIGHT] / p[5];
        for (int32_t j = 0; j < p[6]; j++, y += p[NN_DEPTH_IN]) {
            int32_t column = j * p[NN_WIDTH] / p[6];
            memcpy(y, step->arena + p[NN_IN] + (row * p[NN_WIDTH] + column) * p[NN_DEPTH_IN], p[NN_DEPTH_IN]);
        }
    }
}
