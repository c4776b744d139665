#include "kernels.h"

#define MASK 255
#define ONE_Q8 256
#define PHASES 32
#define REPEATS 8

void sum_ppg(const int32_t *pairs, int32_t start, int32_t n, int32_t full, int32_t *sums) {
    for (int32_t i = 2 * start; i < 2 * (start + n); i += 2) {
        for (int32_t k = 0; k < 2; ++k) {
            sums[k] += pairs[i + k];
            sums[2 + k] += pairs[i + k] >= full;
        }
    }
}

void count_repeats(const int32_t *pairs, int32_t start, int32_t n, int32_t *counts) {
    for (int32_t i = 2 * start; i < 2 * (start + n); i += 2) {
        for (int32_t k = 0; k < 2; ++k) {
            if (pairs[i + k] == counts[5 + k]) {
                counts[4] += ++counts[7 + k] >= REPEATS;
            } else {
                counts[5 + k] = pairs[i + k];
                counts[7 + k] = 0;
            }
        }
    }
}

int32_t filter_ppg(int32_t level, int32_t number, int16_t *relative, int16_t *pulses, int32_t *state) {
    int32_t dc = state[0];
    int32_t ac = level - dc;
    int32_t rest = state[1] + ac;
    dc += rest >> 6;
    dc = dc < 64 ? 64 : dc;
    int32_t most = dc >> 3;
    int32_t beyond = magnitude(ac) > most ? state[3] + 1 : 0;
    int32_t value = within(floor_div(within(ac, most) << 12, dc >> 6), 32767);
    int32_t total = state[2] + value - relative[(number - 32) & MASK];
    relative[number & MASK] = (int16_t)value;
    int32_t smooth = relative[(number - 17) & MASK] + 2 * relative[(number - 16) & MASK] + relative[(number - 15) & MASK];
    pulses[number & MASK] = (int16_t)within((smooth * 8 - total + 16) >> 5, 32767);
    state[0] = dc;
    state[1] = rest & 63;
    state[2] = total;
    state[3] = beyond;
    state[4] = total >> 5;
    return beyond;
}

int32_t ppg_slopes(const int32_t *values, int32_t n, int32_t *out) {
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
    return lean < 0;
}

static int32_t beside(int32_t left, int32_t middle, int32_t right) {
    int32_t curvature = 2 * middle - left - right;
    return curvature > 0 ? within(floor_div((right - left) * (ONE_Q8 / 2), curvature), 128) : 0;
}

int32_t upstrokes(const int32_t *rise, int32_t n, int32_t min_amplitude, int32_t min_distance, int32_t *indices_q8,
    int32_t *amplitudes, int32_t room) {
    int32_t count = 0;
    for (int32_t i = 2; i < n - 2; ++i) {
        int32_t amplitude = rise[i];
        if (amplitude < min_amplitude || rise[i - 1] > amplitude || amplitude <= rise[i + 1]) {
            continue;
        }
        int32_t index_q8 = i * ONE_Q8 + beside(rise[i - 1], amplitude, rise[i + 1]);
        if (count && index_q8 - indices_q8[count - 1] < min_distance * ONE_Q8) {
            if (amplitude <= amplitudes[count - 1]) {
                continue;
            }
            --count;
        }
        if (count == room) {
            break;
        }
        indices_q8[count] = index_q8;
        amplitudes[count] = amplitude;
        ++count;
    }
    return count;
}

int32_t template_correlation(const int32_t *values, int32_t n, const int32_t *indices_q8, int32_t count, int32_t around,
    int32_t *shape) {
    int32_t width = 2 * around + 1;
    clear_words(shape, width);
    int32_t power = 0;
    int32_t compared = 0;
    for (int32_t beat = 0; beat < count; ++beat) {
        int32_t first = floor_div(indices_q8[beat], ONE_Q8) - around;
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

int32_t fold_waves(const int32_t *values, const int32_t *indices_q8, int32_t count, int32_t *wave) {
    clear_words(wave, PHASES);
    if (count < 3) {
        return 0;
    }
    int32_t power = 0;
    for (int32_t beat = 0; beat < count - 1; ++beat) {
        int32_t first = indices_q8[beat];
        int32_t length = indices_q8[beat + 1] - first;
        for (int32_t k = 0; k < PHASES; ++k) {
            int32_t at = first + (length * k >> 5);
            int32_t value = values[at >> 8];
            value = (value + ((values[(at >> 8) + 1] - value) * (at & 255) >> 8)) >> 2;
            wave[k] += value;
            power += value * value;
        }
    }
    int32_t common = 0;
    for (int32_t k = 0; k < PHASES; ++k) {
        common += wave[k] * wave[k] / (count - 1);
        wave[k] = floor_div(wave[k], count - 1);
    }
    power /= 100;
    return common / (power ? power : 1);
}

void wave_shape(int32_t *wave, const uint8_t *cosines) {
    for (int32_t harmonic = 1; harmonic < 4; ++harmonic) {
        int32_t real = 0, imaginary = 0;
        for (int32_t k = 0; k < PHASES; ++k) {
            real += wave[k] * (cosines[(harmonic * k) & (PHASES - 1)] - 128);
            imaginary += wave[k] * (cosines[(harmonic * k + 8) & (PHASES - 1)] - 128);
        }
        real >>= 5;
        imaginary >>= 5;
        wave[PHASES - 1 + harmonic] = real * real + imaginary * imaginary;
    }
    int32_t square = 0, cube = 0;
    for (int32_t k = 0; k < PHASES; ++k) {
        int32_t slope = within(wave[(k + 1) & (PHASES - 1)] - wave[(k + PHASES - 1) & (PHASES - 1)], 255);
        square += slope * slope;
        cube += slope * slope * slope;
    }
    wave[PHASES + 3] = square >> 5;
    wave[PHASES + 4] = cube >> 5;
}

int32_t ppg_sharpness(const int16_t *relative, const int16_t *pulses, int32_t end, int32_t n, int32_t delay,
    int32_t shift) {
    int32_t bends = 0, slopes = 1, fall = 0;
    for (int32_t i = end - 2; i >= end - n; --i) {
        int32_t step = relative[(i + 1 - delay) & MASK] - relative[(i - delay) & MASK];
        int32_t bend = within((step - fall) >> shift, 2047);
        int32_t slope = within((pulses[(i + 1) & MASK] - pulses[i & MASK]) >> shift, 2047);
        fall = step;
        bends += bend * bend;
        slopes += slope * slope;
    }
    return bends / ((slopes >> 4) + 1);
}

void slope_moments(const int16_t *pulses, int32_t end, int32_t n, int32_t *out) {
    int32_t top = 0;
    for (int32_t i = end - n + 1; i < end; ++i) {
        int32_t slope = magnitude(pulses[i & MASK] - pulses[(i - 1) & MASK]);
        top = slope > top ? slope : top;
    }
    int32_t shift = 0;
    while (top >> shift > 181) {
        shift += 1;
    }
    int32_t square = 0;
    int32_t cube = 0;
    for (int32_t i = end - n + 1; i < end; ++i) {
        int32_t slope = pulses[i & MASK] - pulses[(i - 1) & MASK];
        slope = slope < 0 ? -(-slope >> shift) : slope >> shift;
        square += slope * slope;
        cube += slope * slope * slope;
    }
    out[0] = floor_div(square, n - 1);
    out[1] = floor_div(cube, n - 1);
}

void ppg_products(const int16_t *red, const int16_t *infrared, int32_t end, int32_t n, int32_t *out) {
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

int32_t maximum(const int32_t *values, int32_t first, int32_t last) {
    int32_t top = 0;
    for (int32_t i = first; i <= last; ++i) {
        top = values[i] > top ? values[i] : top;
    }
    return top;
}
