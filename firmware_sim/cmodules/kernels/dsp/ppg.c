#include "kernels.h"

#define MASK 255
#define PARTS 256

void sum_light(const int32_t *pairs, int32_t start, int32_t n, int32_t full, int32_t *sums) {
    for (int32_t i = 2 * start; i < 2 * (start + n); i += 2) {
        for (int32_t k = 0; k < 2; ++k) {
            sums[k] += pairs[i + k];
            sums[2 + k] += pairs[i + k] >= full;
        }
    }
}

int32_t add_light(int32_t level, int32_t number, int16_t *light, int16_t *pulses, int32_t *state) {
    int32_t steady = state[0];
    int32_t swing = level - steady;
    int32_t rest = state[1] + swing;
    steady += rest >> 6;
    steady = steady < 64 ? 64 : steady;
    int32_t most = steady >> 3;
    int32_t beyond = magnitude(swing) > most ? state[3] + 1 : 0;
    int32_t value = within(floor_div(within(swing, most) << 12, steady >> 6), 32767);
    int32_t total = state[2] + value - light[(number - 32) & MASK];
    light[number & MASK] = (int16_t)value;
    int32_t smooth = light[(number - 17) & MASK] + 2 * light[(number - 16) & MASK] + light[(number - 15) & MASK];
    pulses[number & MASK] = (int16_t)within((smooth * 8 - total + 16) >> 5, 32767);
    state[0] = steady;
    state[1] = rest & 63;
    state[2] = total;
    state[3] = beyond;
    state[4] = total >> 5;
    return beyond;
}

void rises(const int32_t *values, int32_t n, int32_t *out) {
    out[0] = 0;
    out[n - 1] = 0;
    int32_t lean = 0;
    for (int32_t i = 1; i < n - 1; ++i) {
        int32_t slope = values[i + 1] - values[i - 1];
        out[i] = slope;
        slope >>= 4;
        lean += slope * slope * slope;
    }
    if (lean < 0) {
        for (int32_t i = 0; i < n; ++i) {
            out[i] = -out[i];
        }
    }
}

static int32_t beside(int32_t left, int32_t middle, int32_t right) {
    int32_t bend = 2 * middle - left - right;
    return bend > 0 ? within(floor_div((right - left) * (PARTS / 2), bend), 128) : 0;
}

int32_t upstrokes(const int32_t *rise, int32_t n, int32_t least, int32_t gap, int32_t *places, int32_t *heights,
    int32_t room) {
    int32_t count = 0;
    for (int32_t i = 2; i < n - 2; ++i) {
        int32_t height = rise[i];
        if (height < least || rise[i - 1] > height || height <= rise[i + 1]) {
            continue;
        }
        int32_t place = i * PARTS + beside(rise[i - 1], height, rise[i + 1]);
        if (count && place - places[count - 1] < gap * PARTS) {
            if (height <= heights[count - 1]) {
                continue;
            }
            --count;
        }
        if (count == room) {
            break;
        }
        places[count] = place;
        heights[count] = height;
        ++count;
    }
    return count;
}

int32_t likeness(const int32_t *values, int32_t n, const int32_t *places, int32_t count, int32_t around,
    int32_t *shape) {
    int32_t width = 2 * around + 1;
    clear_words(shape, width);
    int32_t power = 0;
    int32_t compared = 0;
    for (int32_t beat = 0; beat < count; ++beat) {
        int32_t first = floor_div(places[beat], PARTS) - around;
        if (first < 0 || first + 2 * around >= n) {
            continue;
        }
        ++compared;
        for (int32_t k = 0; k < width; ++k) {
            int32_t value = values[first + k] >> 2;
            shape[k] += value;
            power += value * value;
        }
    }
    if (compared < 3 || power == 0) {
        return 0;
    }
    int32_t common = 0;
    for (int32_t k = 0; k < width; ++k) {
        common += shape[k] * shape[k] / compared;
    }
    return common * 100 / power;
}

void swing_together(const int16_t *red, const int16_t *infrared, int32_t end, int32_t n, int32_t *out) {
    int32_t top = 0;
    for (int32_t i = end - n; i < end; ++i) {
        int32_t a = magnitude(red[i & MASK]);
        int32_t b = magnitude(infrared[i & MASK]);
        top = a > top ? a : top;
        top = b > top ? b : top;
    }
    int32_t shift = 0;
    while (top >> shift > 2047) {
        ++shift;
    }
    int32_t both = 0, own = 0, other = 0;
    for (int32_t i = end - n; i < end; ++i) {
        int32_t a = red[i & MASK] >> shift;
        int32_t b = infrared[i & MASK] >> shift;
        both += a * b;
        own += b * b;
        other += a * a;
    }
    out[0] = both;
    out[1] = own;
    out[2] = other;
}

int32_t tallest(const int32_t *values, int32_t first, int32_t last) {
    int32_t top = 0;
    for (int32_t i = first; i <= last; ++i) {
        top = values[i] > top ? values[i] : top;
    }
    return top;
}
