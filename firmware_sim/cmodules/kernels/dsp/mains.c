#include <stdbool.h>

#include "kernels.h"

#define PERIOD 25
#define STEP 16
#define KNOTS 8
#define WORDS 9
#define CENTRE 14
#define FIRST 26
#define LIMIT_UV 16383
#define MOST_Q4 131071
#define ENERGY 63
#define QUIET 4000
#define MOST 8191
#define DEPTH 24
#define SURE 6
#define FROM 400

// Index in a ring of `n`, rounding down as Python does.
static inline int32_t wrapped(int32_t i, int32_t n) {
    int32_t rest = i % n;
    return rest < 0 ? rest + n : rest;
}

static inline int32_t wave(const uint8_t *waves, int32_t i) {
    return (int32_t)waves[i] - 128;
}

void fit_tones(const uint16_t *uv, int32_t mask, int32_t now, const uint8_t *waves, int32_t *knots, int32_t number,
    int32_t third) {
    static const uint8_t multiple[2][2] = {{5, 6}, {10, 7}};
    static const int16_t scale[2][2] = {{478, 352}, {183, 278}};
    int32_t sums[4] = {0};
    int32_t first = now - FIRST;
    int32_t at[2];
    for (int k = 0; k < 2; ++k) {
        at[k] = wrapped(first, PERIOD) * multiple[third][k] % PERIOD;
    }
    for (int32_t i = first; i < first + PERIOD; ++i) {
        int32_t h = within(2 * uv[i & mask] - uv[(i - 1) & mask] - uv[(i + 1) & mask], LIMIT_UV);
        for (int k = 0; k < 2; ++k) {
            sums[2 * k] += h * wave(waves, at[k]);
            sums[2 * k + 1] += h * wave(waves, at[k] + PERIOD);
            at[k] = (at[k] + multiple[third][k]) % PERIOD;
        }
    }
    int32_t *knot = knots + wrapped(number, KNOTS) * WORDS;
    for (int k = 0; k < WORDS && !third; ++k) {
        knot[k] = 0;
    }
    for (int k = 0; k < 4; ++k) {
        knot[1 + 4 * third + k] = within((sums[k] >> 6) * scale[third][k >> 1] >> 10, MOST_Q4);
    }
}

// Mean square and products of the two knots, of one frequency.
static void average(const int32_t *knot, const int32_t *before, int32_t n, int32_t *means) {
    int32_t c = within(knot[0] >> 3, MOST), s = within(knot[1] >> 3, MOST);
    int32_t c0 = within(before[0] >> 3, MOST), s0 = within(before[1] >> 3, MOST);
    means[0] += floor_div(c * c + s * s - means[0], n);
    means[1] += floor_div(c * c0 + s * s0 - means[1], n);
    means[2] += floor_div(s * c0 - c * s0 - means[2], n);
}

void follow_mains(const int32_t *energy, int32_t now, int32_t mean, int32_t *knots, int32_t number,
    int32_t *state) {
    state[0] += floor_div((mean >> 4) - state[0], (number > 64 ? 64 : number) + 1);
    if (number < 1) {
        return;
    }
    int32_t *knot = knots + wrapped(number - 1, KNOTS) * WORDS;
    knot[0] = (energy[(now - 1) & ENERGY] >> 4) <= state[0] + (QUIET >> 4);
    const int32_t *before = knots + wrapped(number - 3, KNOTS) * WORDS;
    if (number < 3 || !knot[0] || !before[0]) {
        return;
    }
    state[1] += state[1] < DEPTH;
    int32_t best = 0, most = 0;
    for (int32_t k = 0; k < 2; ++k) {
        int32_t *means = state + 2 + 3 * k;
        average(knot + 1 + 2 * k, before + 1 + 2 * k, state[1], means);
        int32_t c = magnitude(means[1]), s = magnitude(means[2]);
        int32_t steady = c > s ? c + (s >> 1) : s + (c >> 1);
        bool known = state[8] == k + 1;
        int32_t weight = known ? 2 * steady : steady;
        bool steadily = known ? 3 * steady >= means[0] : 8 * steady >= means[0] * (5 + (DEPTH - state[1]) / 9);
        if (weight >= FROM && steadily && weight > most) {
            best = k + 1;
            most = weight;
        }
    }
    if (state[1] >= SURE) {
        state[8] = best;
        state[13] = best ? state[13] : 0;
    }
}

void judge_steadiness(const int32_t *knots, int32_t number, int32_t *state) {
    const int32_t *before = knots + wrapped(number - 5, KNOTS) * WORDS;
    const int32_t *at = knots + wrapped(number - 3, KNOTS) * WORDS;
    const int32_t *behind = knots + wrapped(number - 1, KNOTS) * WORDS;
    if (!before[0] || !at[0] || !behind[0]) {
        return;
    }
    int32_t i = 2 * state[8] - 1;
    int32_t cosine = (state[14] * state[14] - state[15] * state[15]) >> 12;
    int32_t sine = (2 * state[14] * state[15]) >> 12;
    int32_t a = before[i], b = before[i + 1], c = behind[i], d = behind[i + 1];
    int32_t x = magnitude(at[i] - ((((a + c) >> 1) * cosine + ((d - b) >> 1) * sine) >> 12));
    int32_t y = magnitude(at[i + 1] - ((((b + d) >> 1) * cosine + ((a - c) >> 1) * sine) >> 12));
    int32_t distance = x > y ? x + (y >> 1) : y + (x >> 1);
    state[22] += floor_div(distance - state[22], 16);
}

// How far a phasor turns from knot to knot, Q12.
typedef struct {
    int32_t cosine, sine;
} turn_t;

static void turn(int32_t *phasor, turn_t by, int32_t direction) {
    int32_t sine = direction * by.sine;
    int32_t x = (phasor[0] * by.cosine - phasor[1] * sine) >> 12;
    phasor[1] = (phasor[0] * sine + phasor[1] * by.cosine) >> 12;
    phasor[0] = x;
}

// The phasor after the next one of `now`, on the way to `target`, `distance` knots away (KNOTS - 1: not known).
static void advance(const int32_t *now, const int32_t *target, int32_t distance, turn_t by, int32_t *next) {
    next[0] = now[0];
    next[1] = now[1];
    turn(next, by, 1);
    if (distance < KNOTS - 1) {
        int32_t x[2] = {target[0], target[1]};
        for (int32_t i = 1; i < distance; ++i) {
            turn(x, by, -1);
        }
        next[0] += floor_div(x[0] - next[0], distance);
        next[1] += floor_div(x[1] - next[1], distance);
    }
}

void cancel_mains(uint16_t *uv, int32_t mask, int32_t now, const uint8_t *waves, const int32_t *knots,
    int32_t number, int32_t *state) {
    int32_t family = state[8];
    int32_t distance = 1;
    while (distance < KNOTS - 1 && !knots[wrapped(number - 7 + distance, KNOTS) * WORDS]) {
        ++distance;
    }
    const int32_t *knot = knots + wrapped(number - 7 + distance, KNOTS) * WORDS + 2 * family - 1;
    if (state[13] != family) {
        if (distance == KNOTS - 1) {
            return;
        }
        state[13] = family;
        for (int k = 0; k < 2; ++k) {
            state[9 + k] = knot[k];
            state[11 + k] = knot[4 + k];
        }
    }
    turn_t by = {state[14], state[15]};
    advance(state + 9, knot, distance, by, state + 16);
    int32_t x = (by.cosine * by.cosine - by.sine * by.sine) >> 12;
    int32_t y = (2 * by.cosine * by.sine) >> 12;
    turn_t third = {(x * by.cosine - y * by.sine) >> 12, -((x * by.sine + y * by.cosine) >> 12)};
    advance(state + 11, knot + 4, distance, third, state + 18);
    int32_t first = now - CENTRE - 7 * STEP;
    for (int32_t j = 0; j < STEP; ++j) {
        int32_t phase = wrapped(first, PERIOD) + j;
        int32_t at[2] = {phase * (4 + family) % PERIOD, phase * (family == 1 ? 10 : 7) % PERIOD};
        int32_t hum = 0;
        for (int k = 0; k < 4; ++k) {
            int32_t amplitude = (state[9 + k] * (STEP - j) + state[16 + k] * j) >> 4;
            hum += amplitude * wave(waves, at[k >> 1] + (k & 1) * PERIOD);
        }
        int32_t value = uv[(first + j) & mask] - ((hum + 1024) >> 11);
        uv[(first + j) & mask] = value > 65535 ? 65535 : value < 0 ? 0 : value;
    }
    for (int k = 0; k < 4; ++k) {
        state[9 + k] = state[16 + k];
    }
}
