#include "kernels.h"

static int32_t held(const uint16_t *uv, int32_t mask, int32_t i, int32_t first, int32_t last) {
    return uv[(i < first ? first : i > last ? last : i) & mask];
}

int32_t atrial_waves(const uint16_t *uv, int32_t mask, int32_t first, int32_t last, int32_t minimum, int32_t room,
    int32_t *out) {
    if (last - first < 13) {
        return 0;
    }
    int32_t at = first + 6;
    int32_t left = 0;
    int32_t middle = 0;
    int32_t right = 0;
    for (int32_t k = 0; k < 13; ++k) {
        left += held(uv, mask, at - 19 + k, first, last);
        middle += uv[(at - 6 + k) & mask];
        right += held(uv, mask, at + 7 + k, first, last);
    }
    int32_t n = 0;
    int32_t before = 0;
    int32_t here = 0;
    int32_t taken = first - 99;
    for (; at <= last - 6; ++at) {
        int32_t after = floor_div(middle + middle - left - right, 26);
        int32_t top = magnitude(here);
        if (top >= minimum && top >= magnitude(before) && top > magnitude(after)) {
            int32_t apart = at - 1 - taken >= 26;
            if (apart && n == room) {
                return n;
            }
            n += apart;
            if (apart || top > magnitude(out[2 * n - 1])) {
                taken = at - 1;
                out[2 * n - 2] = taken;
                out[2 * n - 1] = here;
            }
        }
        before = here;
        here = after;
        int32_t begins = uv[(at - 6) & mask];
        int32_t ends = held(uv, mask, at + 7, first, last);
        left += begins - held(uv, mask, at - 19, first, last);
        middle += ends - begins;
        right += held(uv, mask, at + 20, first, last) - ends;
    }
    return n;
}

void follow_waves(const int32_t *times, int32_t n, const int32_t *spans, int32_t m, int32_t period, int32_t anchor,
    int32_t low, int32_t high, int32_t *out, int32_t room) {
    int32_t found = 1;
    int32_t missed = 0;
    int32_t hidden = 0;
    int32_t positions = 1;
    out[4] = times[anchor];
    for (int32_t way = 0; way < 2; ++way) {
        int32_t sign = way == 0 ? 1 : -1;
        int32_t q = period << 4;
        int32_t t = times[anchor] << 4;
        for (;;) {
            t += sign * q;
            int32_t position = (t + 8) >> 4;
            if (position < low || position > high) {
                break;
            }
            int32_t best = -1;
            int32_t nearest = q / 160;
            nearest = (nearest < 7 ? 7 : nearest) + 1;
            for (int32_t i = 0; i < n; ++i) {
                int32_t distance = magnitude(times[i] - position);
                if (distance < nearest) {
                    nearest = distance;
                    best = i;
                }
            }
            if (best >= 0) {
                found += 1;
                int32_t shift = (times[best] << 4) - t;
                t += shift;
                q += sign * (shift >> 2);
                q = q > period * 18 ? period * 18 : q < period * 14 ? period * 14 : q;
                position = times[best];
            } else {
                int32_t seen = 0;
                for (int32_t k = 0; k < m; ++k) {
                    seen |= position >= spans[2 * k] && position <= spans[2 * k + 1];
                }
                missed += seen;
                hidden += 1 - seen;
            }
            if (positions < room) {
                out[4 + positions] = position;
                positions += 1;
            }
        }
    }
    out[0] = found;
    out[1] = missed;
    out[2] = hidden;
    out[3] = positions;
}

void waves_before(const int32_t *waves, int32_t first, int32_t n, const int32_t *points, int32_t at, int32_t m,
    int32_t *out, int32_t to) {
    for (int32_t k = 0; k < m; ++k) {
        int32_t nearest = 0;
        for (int32_t i = first; i < first + n; ++i) {
            int32_t distance = points[at + k] - waves[i];
            if (distance > 0 && (nearest == 0 || distance < nearest)) {
                nearest = distance;
            }
        }
        out[to + k] = nearest;
    }
}

void atrial_signal(const uint16_t *uv, int32_t mask, int32_t first, int32_t last, int32_t begin, int32_t end,
    int32_t *out) {
    int32_t at = first > begin ? begin + ((first - begin + 3) & ~3) : begin;
    for (; at < end && at <= last; at += 4) {
        int32_t value = 0;
        for (int32_t k = 0; k < 13; ++k) {
            value -= held(uv, mask, at - 19 + k, first, INT32_MAX);
            value += 2 * held(uv, mask, at - 6 + k, first, last);
            value -= held(uv, mask, at + 7 + k, INT32_MIN, last);
        }
        value = floor_div(value, 26);
        out[(at - begin) >> 2] = value != 0 ? value : 1;
    }
}

void lag_products(const int32_t *values, int32_t n, int32_t lag, int32_t limit, int32_t *out) {
    int32_t products = 0;
    int32_t earlier = 0;
    int32_t later = 0;
    int32_t count = 0;
    for (int32_t i = 0; i < n - lag; ++i) {
        if (values[i] != 0 && values[i + lag] != 0) {
            int32_t a = within(values[i], limit);
            int32_t b = within(values[i + lag], limit);
            products += a * b;
            earlier += a * a;
            later += b * b;
            count += 1;
        }
    }
    out[0] = products;
    out[1] = earlier;
    out[2] = later;
    out[3] = count;
}

void beat_products(const int32_t *values, int32_t at, int32_t beats, int32_t lag, int32_t limit, int32_t shift,
    int32_t *out) {
    for (int32_t i = 0; i < 4; ++i) {
        out[i] = 0;
    }
    for (int32_t i = 1; i < beats; ++i) {
        int32_t own = values[at + i];
        int32_t reach = own - values[at + i - 1];
        for (int32_t j = 1; j < beats; ++j) {
            int32_t other = values[at + j];
            int32_t most = other - values[at + j - 1] - lag;
            most = most > reach ? reach : most;
            int32_t total = 0;
            int32_t count = 0;
            for (int32_t k = 1; k < most; ++k) {
                int32_t a = values[own - k];
                int32_t b = values[other - lag - k];
                if (a != 0 && b != 0) {
                    total += (within(a, limit) >> shift) * (within(b, limit) >> shift);
                    count += 1;
                }
            }
            int32_t which = i == j ? 0 : 2;
            out[which] += total;
            out[which + 1] += count;
        }
    }
}

void add_covariance(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t lag, int32_t shift,
    int32_t *out) {
    int32_t zero = uv[first & mask];
    int32_t products = 0;
    int32_t earlier = 0;
    int32_t later = 0;
    int32_t a_sum = 0;
    int32_t b_sum = 0;
    for (int32_t i = first; i < first + n; ++i) {
        int32_t a = within((uv[i & mask] - zero) >> shift, 500);
        int32_t b = within((uv[(i + lag) & mask] - zero) >> shift, 500);
        products += a * b;
        earlier += a * a;
        later += b * b;
        a_sum += a;
        b_sum += b;
    }
    out[0] += products - floor_div(a_sum * b_sum, n);
    out[1] += earlier - floor_div(a_sum * a_sum, n);
    out[2] += later - floor_div(b_sum * b_sum, n);
    out[3] += n;
}
