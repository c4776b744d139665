#include "kernels.h"

#define FLOAT2 94249
#define FULL 32700
#define LONGEST 30000
#define LEVEL_MASK 127

static int32_t clips(const int16_t *a) {
    return magnitude(a[0]) >= FULL || magnitude(a[1]) >= FULL || magnitude(a[2]) >= FULL;
}

// Follows gravity along one axis; what is beside it, halved.
static int32_t beside_gravity(int32_t value, int32_t *gravity) {
    *gravity += value - (*gravity >> 5);
    return (value - (*gravity >> 5)) >> 1;
}

static void note_size(int32_t size, const int32_t *a, int32_t at, int32_t *state) {
    if (size > state[12]) {
        state[12] = size;
        state[18] = at;
        copy_words(state, 19, a, 0, 3);
    }
    if (size < state[13]) {
        state[13] = size;
    }
    if (size < FLOAT2) {
        state[14] += 1;
    } else if (state[14]) {
        state[15] = state[14] > state[15] ? state[14] : state[15];
        state[14] = 0;
    }
}

void add_motion(const int16_t *accel, const int16_t *gyro, int32_t start, int32_t n, int16_t *level, int32_t *state) {
    for (int32_t i = 3 * start; i < 3 * (start + n); i += 3) {
        state[17] += clips(accel + i);
        int32_t a[3] = {accel[i] >> 1, accel[i + 1] >> 1, accel[i + 2] >> 1};
        int32_t size = a[0] * a[0] + a[1] * a[1] + a[2] * a[2];
        note_size(size, a, state[0], state);
        int32_t moved = 0;
        for (int32_t k = 0; k < 3; ++k) {
            state[25] |= (accel[i + k] != state[22 + k]) << k;
            state[22 + k] = accel[i + k];
            int32_t beside = beside_gravity(a[k], &state[2 + k]);
            moved += beside * beside;
            state[5 + k] += a[k];
            state[8 + k] += gyro[i + k];
        }
        state[11] += moved >> 4;
        state[16] += size >> 3;
        state[0] += 1;
        if ((state[0] & 3) == 0) {
            level[state[1] & LEVEL_MASK] = (int16_t)root(state[16] << 1);
            state[1] += 1;
            state[16] = 0;
        }
    }
    state[14] = state[14] < LONGEST ? state[14] : LONGEST;
}

int32_t motion_checksum(const int16_t *accel, int32_t n) {
    uint32_t found = 0;
    int varies = 0;
    for (int32_t i = 0; i < 3 * n; ++i) {
        found = (found * 31 + (uint16_t)accel[i]) & 0x3FFFFFF;
        varies |= i > 2 && accel[i] != accel[i - 3];
    }
    return varies ? (int32_t)found : -1;
}

int32_t mean_square(const int16_t *ring, int32_t start, int32_t end, int32_t mask, int32_t divisor) {
    int32_t total = 0;
    for (int32_t i = start; i < end; ++i) {
        int32_t value = ring[i & mask];
        total += value * value / divisor;
    }
    return total;
}

void mean_vector(const int16_t *x, const int16_t *y, const int16_t *z, int32_t start, int32_t end, int32_t mask,
    int32_t *out) {
    out[0] = ring_mean(x, start, end, mask);
    out[1] = ring_mean(y, start, end, mask);
    out[2] = ring_mean(z, start, end, mask);
}
