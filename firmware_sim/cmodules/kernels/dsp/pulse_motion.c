#include "kernels.h"

#define MASK 255
#define FEED_MASK 15
#define SAMPLE 25
#define VALUE 104
#define SCALE_VALUES 256
#define LEAST_LIGHT (20 << 8)
#define LEAST_ACCELERATION (40 << 8)
#define LIMIT 4095
#define TAPS 8
#define STEP 13
#define REGULAR 102
#define MOST_RESIDUAL 8191
#define MOST_RATIO 131072
#define MOST_WEIGHT 2097152
#define POINTS 512
#define WINDOW 200
#define HALF 100
#define FIRST 4
#define END 151
#define MEAN_FIRST 12
#define MEAN_END 86
#define MEAN 64
#define HIDDEN 12
#define OFFSET 8
#define BIASES 36
#define ONE_LOG_Q8 (22 << 8)
#define CHANGE 262
#define MOST_CHANGE 786

void resample_motion(const int16_t *accel, int32_t n, int16_t *ring, int32_t *state) {
    for (int32_t i = 0; i < 3 * n; i += 3) {
        int32_t room = VALUE - state[0];
        int32_t closes = room <= SAMPLE;
        int32_t at = 3 * (state[4] & FEED_MASK);
        for (int32_t k = 0; k < 3; ++k) {
            int32_t value = accel[i + k];
            if (closes) {
                ring[at + k] = (int16_t)floor_div(state[1 + k] + room * value, VALUE);
                state[1 + k] = (SAMPLE - room) * value;
            } else {
                state[1 + k] += SAMPLE * value;
            }
        }
        state[0] = closes ? SAMPLE - room : state[0] + SAMPLE;
        state[4] += closes;
    }
}

// High-passed twice, by its own scale.
static int32_t scaled(int32_t value, int32_t number, int32_t channel, int32_t *state) {
    if (number == 0) {
        state[channel] = value * 8;
    }
    value -= state[channel] >> 3;
    state[channel] += value;
    value -= state[4 + channel] >> 3;
    state[4 + channel] += value;
    int32_t count = number + 1 < SCALE_VALUES ? number + 1 : SCALE_VALUES;
    int32_t scale = state[8 + channel];
    scale += floor_div((magnitude(value) << 8) - scale, count);
    state[8 + channel] = scale;
    int32_t least = channel ? LEAST_ACCELERATION : LEAST_LIGHT;
    scale = scale < least ? least : scale;
    return within(floor_div(value * 2048, (scale >> 6) + 1), LIMIT);
}

static int32_t tap_of(const int16_t *rings, int32_t k, int32_t number) {
    int32_t tap = k % TAPS;
    return number >= tap ? rings[((k / TAPS + 1) << 8) + ((number - tap) & MASK)] : 0;
}

void cancel_motion(const int32_t *values, int32_t number, int16_t *rings, int32_t *state) {
    if (number == 0) {
        clear_words(state + 4, 32);
    }
    int32_t at = number & MASK;
    for (int32_t channel = 0; channel < 4; ++channel) {
        rings[(channel << 8) + at] = (int16_t)scaled(values[channel] * 4, number, channel, state);
    }
    int32_t power = 0;
    int32_t product = 0;
    for (int32_t k = 0; k < 3 * TAPS; ++k) {
        int32_t value = tap_of(rings, k, number);
        power += value * value;
        product += (state[12 + k] >> 8) * value;
    }
    int32_t residual = within(rings[at] - (product >> 12), MOST_RESIDUAL);
    rings[4 * 256 + at] = (int16_t)residual;
    int32_t ratio = within(floor_div(residual * 16384, (power >> 8) + REGULAR), MOST_RATIO) * STEP >> 3;
    for (int32_t k = 0; k < 3 * TAPS; ++k) {
        state[12 + k] = within(state[12 + k] + (ratio * tap_of(rings, k, number) >> 7), MOST_WEIGHT);
    }
}

static int32_t packed(int32_t upper, int32_t lower) {
    return (int32_t)((uint32_t)upper << 16 | ((uint32_t)lower & 0xFFFF));
}

static int32_t upper_of(int32_t word) {
    return word >> 16;
}

static int32_t lower_of(int32_t word) {
    return (int16_t)(word & 0xFFFF);
}

static int32_t residual_shift(const int16_t *ring, int32_t start, int32_t end) {
    int32_t size = 0;
    for (int32_t i = start; i < end; ++i) {
        int32_t value = magnitude(ring[i & MASK]);
        size = value > size ? value : size;
    }
    int32_t shift = 0;
    while (shift < 4 && size << shift < 2048) {
        shift += 1;
    }
    return shift;
}

void window_pair(const int16_t *rings, int32_t first, int32_t second, int32_t end, const uint8_t *window,
    int32_t *words) {
    clear_words(words, POINTS);
    int32_t start = end - WINDOW;
    int32_t shift = second == 4 ? residual_shift(rings + 4 * 256, start, end) : 0;
    int32_t reversed_i = 0;
    for (int32_t i = 0; i < WINDOW; ++i) {
        int32_t weight = window[i < HALF ? i : WINDOW - 1 - i];
        int32_t at = (start + i) & MASK;
        int32_t upper = rings[(first << 8) + at] * weight >> 6;
        int32_t lower = second < 0 ? 0 : within(rings[(second << 8) + at] * (1 << shift), LIMIT) * weight >> 6;
        words[reversed_i] = packed(upper, lower);
        int32_t bit = POINTS >> 1;
        while (reversed_i & bit) {
            reversed_i ^= bit;
            bit >>= 1;
        }
        reversed_i |= bit;
    }
}

static int32_t signed_16(const uint8_t *bytes) {
    return (int16_t)(bytes[0] | bytes[1] << 8);
}

static void butterfly(int32_t *low, int32_t *high, int32_t sine, int32_t cosine) {
    int32_t real = upper_of(*high);
    int32_t imaginary = lower_of(*high);
    int32_t turned = (real * cosine + imaginary * sine) >> 14;
    imaginary = (imaginary * cosine - real * sine) >> 14;
    real = upper_of(*low);
    int32_t other = lower_of(*low);
    *low = packed((real + turned + 1) >> 1, (other + imaginary + 1) >> 1);
    *high = packed((real - turned + 1) >> 1, (other - imaginary + 1) >> 1);
}

void transform(int32_t *words, const uint8_t *sines) {
    for (int32_t i = 0; i < POINTS; i += 2) {
        words[i + 1] = words[i];
    }
    for (int32_t half = 2; half < POINTS; half *= 2) {
        for (int32_t k = 0; k < half; ++k) {
            const uint8_t *sine = sines + 2 * k * (POINTS / 2 / half);
            for (int32_t i = k; i < POINTS; i += 2 * half) {
                butterfly(words + i, words + i + half, signed_16(sine), signed_16(sine + 256));
            }
        }
    }
}

void split_powers(int32_t *words) {
    for (int32_t k = FIRST; k < END; ++k) {
        int32_t a = words[k];
        int32_t b = words[POINTS - k];
        int32_t real = upper_of(a) + upper_of(b);
        int32_t imaginary = lower_of(a) - lower_of(b);
        words[k] = real * real + imaginary * imaginary;
        real = lower_of(a) + lower_of(b);
        imaginary = upper_of(b) - upper_of(a);
        words[POINTS - k] = real * real + imaginary * imaginary;
    }
}

// As log2_q3, but 0 under 8.
static int32_t log_of(int32_t value) {
    return value < 8 ? 0 : log2_q3(value);
}

void keep_powers(const int32_t *words, uint8_t *kept, int32_t at) {
    for (int32_t k = FIRST; k < END; ++k) {
        kept[at + k] = (uint8_t)log_of(words[k] + words[POINTS - k]);
    }
}

void add_powers(int32_t *words, const uint8_t *kept, int32_t at) {
    for (int32_t k = FIRST; k < END; ++k) {
        int32_t code = kept[at + k];
        if (code) {
            words[k] += (8 + (code & 7)) << ((code >> 3) - 3);
        }
    }
}

void log_spectrum(const int32_t *words, int32_t mirrored, int32_t least, uint8_t *out, int32_t at) {
    int32_t total = 0;
    for (int32_t k = MEAN_FIRST; k < MEAN_END; ++k) {
        total += words[mirrored ? POINTS - k : k] >> 6;
    }
    int32_t mean = floor_div(total, MEAN_END - MEAN_FIRST) + least;
    int32_t base = 16;
    int32_t value = mean;
    while (value > 15) {
        value >>= 1;
        base += 8;
    }
    base += value;
    for (int32_t k = 0; k < FIRST; ++k) {
        out[at + k] = 0;
    }
    for (int32_t k = FIRST; k < END; ++k) {
        int32_t code = MEAN - 48 - base + log_of(words[mirrored ? POINTS - k : k] + (mean >> 2));
        out[at + k] = (uint8_t)(code < 0 ? 0 : code > 127 ? 127 : code);
    }
}

static void gather_inputs(const uint8_t *spectra, int32_t k, const uint8_t *weights, int32_t *work) {
    int32_t inputs = weights[0];
    for (int32_t i = 1; i < inputs; ++i) {
        int32_t at = weights[2 * i] | weights[2 * i + 1] << 8;
        int32_t index = at & 4096 ? k + k : at & 8192 ? k >> 1 : k;
        work[i - 1] = spectra[index + (at & 4095) - OFFSET] - MEAN;
    }
    work[inputs - 1] = k - weights[1];
}

// A hidden layer's unit: bias of 24 bits, weights of 8.
static int32_t unit_of(const int32_t *inputs, int32_t n, const uint8_t *bias, const uint8_t *weights, int32_t shift) {
    int32_t total = bias[0] | bias[1] << 8 | (int8_t)bias[2] * 65536;
    for (int32_t i = 0; i < n; ++i) {
        total += inputs[i] * (int8_t)weights[i];
    }
    total >>= shift;
    return total < 0 ? 0 : total > 127 ? 127 : total;
}

void score_rates(const uint8_t *spectra, int32_t first, int32_t n, const uint8_t *weights, int32_t *work, int32_t keep,
    int32_t *scores) {
    int32_t inputs = weights[0];
    int32_t *hidden = work + inputs;
    const uint8_t *biases = weights + 2 * inputs;
    const uint8_t *biases_2 = biases + BIASES + HIDDEN * inputs;
    const uint8_t *output = biases_2 + BIASES + HIDDEN * HIDDEN;
    const uint8_t *shifts = output + HIDDEN;
    for (int32_t k = first; k < first + n; ++k) {
        gather_inputs(spectra, k, weights, work);
        for (int32_t unit = 0; unit < HIDDEN; ++unit) {
            hidden[unit] = unit_of(work, inputs, biases + 3 * unit, biases + BIASES + inputs * unit, shifts[0]);
        }
        int32_t score = scores[k] * keep;
        for (int32_t unit = 0; unit < HIDDEN; ++unit) {
            score += (int8_t)output[unit] * unit_of(hidden, HIDDEN, biases_2 + 3 * unit,
                biases_2 + BIASES + HIDDEN * unit, shifts[1]);
        }
        scores[k] = score;
    }
}

// Logarithm in Q8, linear between powers of two; value > 0.
static int32_t log_q8(int32_t value) {
    int32_t exponent = 0;
    while (value > 511) {
        value >>= 1;
        exponent += 256;
    }
    while (value < 256) {
        value <<= 1;
        exponent -= 256;
    }
    return value + exponent;
}

static int32_t power_q8(int32_t value) {
    int32_t mantissa = 256 + (value & 255);
    int32_t exponent = (value >> 8) - 8;
    return value < 0 ? 0 : exponent < 0 ? mantissa >> -exponent : mantissa << exponent;
}

static int32_t sum_of_quarters(const int32_t *values, int32_t n) {
    int32_t total = 0;
    for (int32_t i = 0; i < n; ++i) {
        total += values[i] >> 2;
    }
    return total;
}

// Adds what each rate was to the logarithm of what it may have become; the largest.
static int32_t predict(int32_t *scores, int32_t n, int32_t gain, const uint8_t *settings, const int32_t *p) {
    int32_t leak = (sum_of_quarters(p, n) >> settings[4]) + 1;
    int32_t most = -1000000000;
    for (int32_t i = 0; i < n; ++i) {
        int32_t value = p[i] * settings[0] + (p[i - 1] + p[i + 1]) * settings[1] + (p[i - 2] + p[i + 2]) * settings[2]
            + (p[i - 3] + p[i + 3]) * settings[3] + leak;
        scores[i] = log_q8(value) + (scores[i] * gain >> 12);
        most = scores[i] > most ? scores[i] : most;
    }
    return most;
}

static int32_t rate_near(const int32_t *p, int32_t n, int32_t mode, int32_t around) {
    int32_t near = 0;
    int32_t moment = 0;
    for (int32_t i = mode - around; i <= mode + around; ++i) {
        if (i >= 0 && i < n) {
            near += p[i];
            moment += p[i] * (i - mode);
        }
    }
    return mode * 256 + floor_div(moment, (near >> 8) + 1);
}

// What a part of the mean change adds.
static int32_t lead(int32_t rate, int32_t lead_q8, int32_t *out) {
    int32_t change = rate - out[3];
    if (out[4] == 0 || magnitude(change) > MOST_CHANGE) {
        out[2] = 0;
    } else {
        out[2] += within(change, CHANGE) - (out[2] >> 2);
    }
    out[3] = rate;
    out[4] = 1;
    return out[2] * lead_q8 >> 8;
}

void follow_rate(int32_t *scores, int32_t first, int32_t n, int32_t gain, const uint8_t *settings,
    int32_t *probabilities, int32_t *out) {
    int32_t *p = probabilities + 3;
    scores += first;
    int32_t most = predict(scores, n, gain, settings, p);
    int32_t mode = 0;
    for (int32_t i = 0; i < n; ++i) {
        p[i] = power_q8(scores[i] - most + ONE_LOG_Q8);
        mode = scores[i] == most ? i : mode;
    }
    int32_t rate = rate_near(p, n, mode, settings[5]);
    int32_t near = 0;
    for (int32_t i = 0; i < n; ++i) {
        near += magnitude(i * 256 - rate) <= (settings[6] | settings[7] << 8) ? p[i] >> 2 : 0;
    }
    out[0] = rate + lead(rate, settings[8], out);
    out[1] = floor_div(near, floor_div(sum_of_quarters(p, n), 100) + 1);
}
