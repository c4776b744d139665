#include "kernels.h"

#define WORDS 11
#define TAPS 4
#define MOST_ONES 20

// Bits that wait to be written, fewer than eight between two calls of `put`.
typedef struct {
    uint8_t *out;
    int32_t at;
    uint32_t waiting;
    int32_t bits;
} writer_t;

static void put(writer_t *writer, uint32_t code, int32_t length) {
    writer->waiting = writer->waiting << length | code;
    writer->bits += length;
    while (writer->bits >= 8) {
        writer->bits -= 8;
        writer->out[writer->at++] = (uint8_t)(writer->waiting >> writer->bits);
    }
    writer->waiting &= (1u << writer->bits) - 1;
}

// Weights follow the sign of the error, each by the sign of its difference.
static void learn(const int32_t *h, int32_t *w, int32_t e) {
    for (int32_t i = 0; i < TAPS; ++i) {
        if (e && h[i]) {
            w[i] += (h[i] ^ e) < 0 ? -1 : 1;
        }
    }
}

// Codes `x`, which is `raw` on the wire and `d` from the value before it.
static void code_value(writer_t *writer, int32_t *channel, int32_t d, uint32_t raw) {
    int32_t *h = channel + 1;
    int32_t *w = h + TAPS;
    int32_t *mean8 = w + TAPS;
    int32_t k = mean8[1];
    int32_t p = 0;
    for (int32_t i = 0; i < TAPS; ++i) {
        p += h[i] * w[i];
    }
    int32_t e = d - (p >> 8);
    learn(h, w, e);
    for (int32_t i = TAPS - 1; i > 0; --i) {
        h[i] = h[i - 1];
    }
    h[0] = within(d, 0x3FFFF);
    int32_t m = e > 0 ? 2 * e : e < 0 ? -2 * e - 1 : 0;
    int32_t q = m >> k;
    if (q < MOST_ONES) {
        put(writer, ((1u << q) - 1) << 1, q + 1);
        put(writer, (uint32_t)m & ((1u << k) - 1), k);
    } else {
        put(writer, (1u << MOST_ONES) - 1, MOST_ONES);
        put(writer, raw, 24);
    }
    mean8[0] += m - (mean8[0] >> 3);
    int32_t mean = mean8[0] >> 3;
    while (k < 23 && mean >= 2 << k) {
        ++k;
    }
    while (k > 0 && mean < 1 << k) {
        --k;
    }
    mean8[1] = k;
}

static writer_t writing(uint8_t *out, int32_t begin) {
    int32_t bits = begin & 7;
    return (writer_t) { out, begin >> 3, out[begin >> 3] >> (8 - bits), bits };
}

// Leaves the bits that wait behind the whole bytes; the bit after them.
static int32_t end_of(writer_t *writer) {
    if (writer->bits) {
        writer->out[writer->at] = (uint8_t)(writer->waiting << (8 - writer->bits));
    }
    return writer->at << 3 | writer->bits;
}

int32_t put_bits(uint8_t *out, int32_t begin, int32_t value, int32_t length) {
    writer_t writer = writing(out, begin);
    put(&writer, (uint32_t)value & ((1u << length) - 1), length);
    return end_of(&writer);
}

int32_t put_bytes(const uint8_t *source, int32_t first, int32_t n, uint8_t *out, int32_t begin) {
    writer_t writer = writing(out, begin);
    for (int32_t i = first; i < first + n; ++i) {
        put(&writer, source[i], 8);
    }
    return end_of(&writer);
}

int32_t compress(const uint8_t *frame, int32_t at, int32_t n, int32_t shape, int32_t *state, uint8_t *out,
    int32_t begin, int32_t end) {
    int32_t channels = shape & 15;
    state += shape >> 8;
    int32_t left = shape & 32 ? channels : 0;
    writer_t writer = writing(out, begin);
    for (int32_t c = 0; c < channels; ++c) {
        for (int32_t *w = state + c * WORDS + 1 + TAPS, *end_w = w + TAPS; w < end_w; ++w) {
            *w = *w > 1016 ? 1016 : *w < -1024 ? -1024 : *w;
        }
    }
    for (int32_t i = 0; i < n * channels; ++i) {
        if (writer.at + 7 > end) {
            return 0;
        }
        int32_t *channel = state + i % channels * WORDS;
        uint32_t raw = frame[at] | frame[at + 1] << 8;
        int32_t x = (int32_t)(raw ^ 0x8000) - 0x8000;
        at += 2;
        if (shape & 16) {
            raw |= (uint32_t)frame[at++] << 16;
            x = (int32_t)(raw ^ 0x800000) - 0x800000;
        }
        int32_t d = x - channel[0];
        channel[0] = x;
        if (left > 0) {
            --left;
            put(&writer, raw, 24);
        } else {
            code_value(&writer, channel, d, raw);
        }
    }
    return end_of(&writer);
}
