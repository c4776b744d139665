#include "kernels.h"

#define MASK 255
#define VALUE_LOG2 10
#define FOOT 8
#define TOP 10
#define SLOTS 100
#define SLOT_MS 320
#define INDEX 0
#define FILLED 1
#define FRESH 2
#define PHASE 3
#define COUNT 4
#define SERIES 5
#define LEARNT 5
#define KNOWN 9
#define OUTLIER 4
#define MOST 6
#define SQUARES_Q6 5208
#define LIMIT 4095
#define POINTS 512

void pulse_levels(const int16_t *relative, int32_t position, int32_t until, int32_t sign, int32_t *out) {
    int32_t last = until >> VALUE_LOG2;
    last = last > TOP ? TOP : last;
    int32_t foot = 32767;
    int32_t top = -32768;
    for (int32_t k = -FOOT; k <= last; ++k) {
        int32_t value = relative[((position >> VALUE_LOG2) + k) & MASK] * sign;
        foot = k < 2 && value < foot ? value : foot;
        top = k >= 0 && value > top ? value : top;
    }
    out[0] = foot;
    out[1] = top;
}

// The value, cut to 16 bits, or the mean where it is an outlier; `own` are the numbers of its series.
static int32_t accepted(int32_t value, int32_t count, int32_t *own) {
    value = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    if (count == 0) {
        own[0] = value;
        own[1] = value * 16;
        own[2] = 0;
    }
    int32_t difference = value * 16 - own[1];
    int32_t size = magnitude(difference);
    if (count < LEARNT) {
        own[2] = size > own[2] ? size : own[2];
    } else {
        if (count >= KNOWN && size > own[2] * OUTLIER) {
            value = own[1] >> 4;
            difference = 0;
        }
        int32_t most = own[2] * MOST + 16;
        own[2] += ((size > most ? most : size) - own[2]) >> 4;
    }
    own[1] += difference >> 2;
    return value;
}

void add_breath_slots(int32_t *values, int32_t n, int32_t length_ms, int16_t *rings, int32_t *state) {
    int32_t count = state[COUNT];
    for (int32_t series = 0; series < n; ++series) {
        values[series] = accepted(values[series], count, state + SERIES + 3 * series);
    }
    if (count) {
        int32_t phase = state[PHASE];
        for (; phase < length_ms; phase += SLOT_MS) {
            for (int32_t series = 0; series < n; ++series) {
                int32_t before = state[SERIES + 3 * series];
                rings[SLOTS * series + state[INDEX]] =
                    (int16_t)(before + floor_div((values[series] - before) * phase, length_ms));
            }
            state[INDEX] = state[INDEX] + 1 == SLOTS ? 0 : state[INDEX] + 1;
            state[FILLED] += state[FILLED] < SLOTS;
            state[FRESH] += 1;
        }
        state[PHASE] = phase - length_ms;
    }
    for (int32_t series = 0; series < n; ++series) {
        state[SERIES + 3 * series] = values[series];
    }
    state[COUNT] += count < KNOWN;
}

static int32_t slot(const int16_t *ring, int32_t index, int32_t i) {
    return ring[index + i < SLOTS ? index + i : index + i - SLOTS];
}

static void add_window(const int16_t *ring, int32_t index, int32_t lower, const uint8_t *window, int32_t *words) {
    int32_t mean = 0;
    int32_t slope = 0;
    for (int32_t i = 0; i < SLOTS; ++i) {
        mean += slot(ring, index, i);
        slope += slot(ring, index, i) * (2 * i - SLOTS + 1);
    }
    mean = floor_div(mean, SLOTS);
    slope = floor_div(slope, SQUARES_Q6);
    int32_t largest = 1;
    for (int32_t i = 0; i < SLOTS; ++i) {
        int32_t size = magnitude(slot(ring, index, i) - mean - (slope * (2 * i - SLOTS + 1) >> 6));
        largest = size > largest ? size : largest;
    }
    int32_t gain = (LIMIT << 8) / largest;
    int32_t reversed_i = 0;
    int32_t before = 0;
    for (int32_t i = 0; i < 2 * SLOTS; ++i) {
        int32_t value = before;
        if (i % 2 == 0) {
            value = (slot(ring, index, i / 2) - mean - (slope * (i - SLOTS + 1) >> 6)) * gain >> 8;
            int32_t half = (value + before) >> 1;
            before = value;
            value = half;
        }
        value = value * window[i < SLOTS ? i : 2 * SLOTS - 1 - i] >> 6;
        words[reversed_i] |= (int32_t)(lower ? (uint32_t)value & 0xFFFF : (uint32_t)value << 16);
        int32_t bit = POINTS >> 1;
        while (reversed_i & bit) {
            reversed_i ^= bit;
            bit >>= 1;
        }
        reversed_i |= bit;
    }
}

void window_breaths(const int16_t *rings, int32_t first, int32_t first_index, int32_t second, int32_t second_index,
    const uint8_t *window, int32_t *words) {
    clear_words(words, POINTS);
    add_window(rings + SLOTS * first, first_index, 0, window, words);
    add_window(rings + SLOTS * second, second_index, 1, window, words);
}
