// Everything without weights and windows: moving, looking up, adding.
#include "kernels.h"

#include <string.h>

// Where a plain kernel finds the number of values; the other parameters are told with each.
enum { COUNT = 2 };

// 3 rows, 4 and 5 the distance of rows on both sides
void nn_copy(const nn_step_t *step) {
    const int32_t *p = step->p;
    for (int32_t i = 0; i < p[3]; i++) {
        memcpy(step->arena + p[NN_OUT] + i * p[5], step->arena + p[NN_IN] + i * p[4], p[COUNT]);
    }
}

// 3 the value
void nn_fill(const nn_step_t *step) {
    memset(step->arena + step->p[NN_OUT], step->p[3], step->p[COUNT]);
}

void nn_lookup(const nn_step_t *step) {
    const uint8_t *x = (const uint8_t *)step->arena + step->p[NN_IN];
    int8_t *y = step->arena + step->p[NN_OUT];
    const int8_t *results = (const int8_t *)step->table;
    for (int32_t n = step->p[COUNT]; n > 0; n--) {
        *y++ = results[*x++];
    }
}

// 3 the second operand, 4 and 5 both zero points + 128, 6 to 11 multiplier and shift of the operands and of the sum
void nn_add(const nn_step_t *step) {
    const int32_t *p = step->p;
    const int8_t *a = step->arena + p[NN_IN], *b = step->arena + p[3];
    int8_t *y = step->arena + p[NN_OUT];
    nn_limits_t limits = nn_limits(p);
    for (int32_t i = 0, n = p[COUNT]; i < n; i++) {
        int32_t sum = nn_scale((a[i] + 128 - p[4]) * (1 << 20), p[6], p[7]);
        sum += nn_scale((b[i] + 128 - p[5]) * (1 << 20), p[8], p[9]);
        y[i] = nn_clamp(nn_scale(sum, p[10], p[11]) + limits.zero, limits);
    }
}
