#include <string.h>

#include "kernels.h"

#define COUNT_MASK 0x3FFFFFFF

void keep_ecg(const uint8_t *frame, int32_t *ring, int32_t mask, int32_t *state, int32_t stamp) {
    int32_t value = ((frame[3] ^ 0x80) << 16 | frame[4] << 8 | frame[5]) - 0x800000;
    int32_t off = (frame[0] & 0x01) || (frame[1] & 0x80); // IN1N_OFF, IN1P_OFF
    ring[state[0] & mask] = value * 2 + off;
    state[2] = stamp;
    state[0] = (state[0] + 1) & COUNT_MASK;
}

int32_t take_ecg(const int32_t *ring, int32_t slot, int32_t mask, int32_t n, int32_t *out) {
    int32_t off = 0;
    int32_t railed = 0;
    for (int32_t i = 0; i < n; ++i) {
        int32_t kept = ring[(slot + i) & mask];
        off |= kept & 1;
        out[i] = kept >> 1;
        if (out[i] >= 0x7FFFFF || out[i] <= -0x800000) {
            railed = 2;
        }
    }
    return railed | off;
}

void decode_ppg(const uint8_t *burst, int32_t n, int32_t *out, int32_t first) {
    for (int32_t i = first; i < first + n; ++i, burst += 3) {
        out[i] = (burst[0] & 0x03) << 16 | burst[1] << 8 | burst[2];
    }
}

void decode_ppg_green(const uint8_t *burst, int32_t n, int32_t *pairs, int32_t *green, int32_t first) {
    for (int32_t i = first; i < first + n; ++i, burst += 9) {
        decode_ppg(burst, 2, pairs, 2 * i);
        decode_ppg(burst + 6, 1, green, i);
    }
}

static void decode_word(const uint8_t *word, int16_t *out) {
    for (int32_t k = 0; k < 3; ++k) {
        out[k] = (int16_t)(word[2 + 2 * k] << 8 | word[1 + 2 * k]);
    }
}

int32_t decode_motion(const uint8_t *burst, int32_t end, int16_t *accel, int16_t *gyro, int32_t done) {
    int32_t at = 0;
    while (at + 14 <= end) {
        if (burst[at] >> 3 != 1 || burst[at + 7] >> 3 != 2) {
            at += 7;
        } else {
            decode_word(burst + at, gyro + 3 * done);
            decode_word(burst + at + 7, accel + 3 * done);
            ++done;
            at += 14;
        }
    }
    return done << 10 | at;
}

void pack16(const int16_t *samples, int32_t start, int32_t n, uint8_t *out, int32_t at) {
    for (int32_t i = start; i < start + n; ++i, at += 2) {
        out[at] = (uint8_t)samples[i];
        out[at + 1] = (uint8_t)(samples[i] >> 8);
    }
}

void pack24(const int32_t *samples, int32_t start, int32_t n, uint8_t *out, int32_t at) {
    for (int32_t i = start; i < start + n; ++i, at += 3) {
        out[at] = (uint8_t)samples[i];
        out[at + 1] = (uint8_t)(samples[i] >> 8);
        out[at + 2] = (uint8_t)(samples[i] >> 16);
    }
}

int32_t cobs_encode(const uint8_t *data, int32_t n, uint8_t *out, int32_t at) {
    int32_t code_at = at++;
    int32_t code = 1;
    for (int32_t i = 0; i < n; ++i) {
        if (code == 255) { // a full block opens the next one only when data follows
            out[code_at] = 255;
            code_at = at++;
            code = 1;
        }
        if (data[i]) {
            out[at++] = data[i];
            ++code;
        } else {
            out[code_at] = (uint8_t)code;
            code_at = at++;
            code = 1;
        }
    }
    out[code_at] = (uint8_t)code;
    return at;
}

void ring_write(uint8_t *ring, int32_t size, int32_t at, const uint8_t *source, int32_t n) {
    int32_t first = size - at < n ? size - at : n;
    memcpy(ring + at, source, first);
    memcpy(ring, source + first, n - first);
}

void ring_read(const uint8_t *ring, int32_t size, int32_t at, uint8_t *out, int32_t n) {
    int32_t first = size - at < n ? size - at : n;
    memcpy(out, ring + at, first);
    memcpy(out + first, ring, n - first);
}
