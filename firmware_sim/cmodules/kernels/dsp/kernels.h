// The kernels of firmware_sim/firmware/kernels in C: the same names, arguments and results, bit for bit.
// What each one does, its units and its limits are said there, in the file NAME_viper.py for NAME.c.
#ifndef VITALBAND_DSP_KERNELS_H
#define VITALBAND_DSP_KERNELS_H

#include <stdint.h>

// Rounds down, as Python does; b > 0.
static inline int32_t floor_div(int32_t a, int32_t b) {
    int32_t q = a / b;
    return q * b > a ? q - 1 : q;
}

static inline int32_t magnitude(int32_t a) {
    return a < 0 ? -a : a;
}

static inline int32_t within(int32_t a, int32_t limit) {
    return a > limit ? limit : a < -limit ? -limit : a;
}

int32_t root(int32_t value);
void copy_words(int32_t *out, int32_t at, const int32_t *source, int32_t first, int32_t n);
void clear_words(int32_t *out, int32_t n);
void fill_ring(uint16_t *ring, int32_t mask, int32_t first, int32_t n, int32_t value);
void unroll(const int16_t *ring, int32_t first, int32_t n, int32_t mask, int32_t *out);
int32_t ring_mean(const int16_t *ring, int32_t start, int32_t end, int32_t mask);
int32_t ring_max(const int16_t *ring, int32_t start, int32_t end, int32_t mask);
int32_t ring_min(const int16_t *ring, int32_t start, int32_t end, int32_t mask);
int32_t ring_peak_to_peak(const int16_t *ring, int32_t start, int32_t end, int32_t mask);
void sort_words(int32_t *values, int32_t n);

void keep_ecg(const uint8_t *frame, int32_t *ring, int32_t mask, int32_t *state, int32_t stamp);
int32_t take_ecg(const int32_t *ring, int32_t slot, int32_t mask, int32_t n, int32_t *out);
void decode_ppg(const uint8_t *burst, int32_t n, int32_t *out, int32_t first);
void decode_ppg_green(const uint8_t *burst, int32_t n, int32_t *pairs, int32_t *green, int32_t first);
int32_t decode_motion(const uint8_t *burst, int32_t end, int16_t *accel, int16_t *gyro, int32_t done);
void pack16(const int16_t *samples, int32_t start, int32_t n, uint8_t *out, int32_t at);
void pack24(const int32_t *samples, int32_t start, int32_t n, uint8_t *out, int32_t at);
void ring_write(uint8_t *ring, int32_t size, int32_t at, const uint8_t *source, int32_t n);
void ring_read(const uint8_t *ring, int32_t size, int32_t at, uint8_t *out, int32_t n);
int32_t cobs_encode(const uint8_t *data, int32_t n, uint8_t *out, int32_t at);
int32_t put_bits(uint8_t *out, int32_t begin, int32_t value, int32_t length);
int32_t put_bytes(const uint8_t *source, int32_t first, int32_t n, uint8_t *out, int32_t begin);
int32_t compress(const uint8_t *frame, int32_t at, int32_t n, int32_t shape, int32_t *state, uint8_t *out,
    int32_t begin, int32_t end);

void condition(const int32_t *raw, int32_t n, uint16_t *uv, int32_t first, int32_t mask, int32_t *state);
int32_t filter_qrs(const uint16_t *uv, int32_t n, int32_t first, int32_t mask, int32_t *low, int32_t *energy,
    int32_t *state);
int32_t next_peak(const int32_t *energy, int32_t start, int32_t end, int32_t *state);
void slopes(const int32_t *low, int32_t first, int32_t n, int32_t before, int32_t *out);
int32_t band_centre(const uint16_t *uv, int32_t mask, int32_t index, int32_t end, int32_t *work);
int32_t locate_r(const uint16_t *uv, int32_t mask, int32_t centre, int32_t side);

void fit_tones(const uint16_t *uv, int32_t mask, int32_t now, const uint8_t *waves, int32_t *knots, int32_t number,
    int32_t third);
void follow_mains(const int32_t *energy, int32_t now, int32_t mean, int32_t *knots, int32_t number,
    int32_t *state);
void judge_steadiness(const int32_t *knots, int32_t number, int32_t *state);
void cancel_mains(uint16_t *uv, int32_t mask, int32_t now, const uint8_t *waves, const int32_t *knots,
    int32_t number, int32_t *state);

int32_t find_spike(const int32_t *counts, int32_t start, int32_t end, int32_t *out);
int32_t peak_to_peak(const uint16_t *uv, int32_t mask, int32_t first, int32_t n);
int32_t largest_bend(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t reach);
void qrs_evidence_features(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t *work, int8_t *out);

int32_t atrial_waves(const uint16_t *uv, int32_t mask, int32_t first, int32_t last, int32_t minimum, int32_t room,
    int32_t *out);
void follow_waves(const int32_t *times, int32_t n, const int32_t *spans, int32_t m, int32_t period, int32_t anchor,
    int32_t low, int32_t high, int32_t *out, int32_t room);
void waves_before(const int32_t *waves, int32_t first, int32_t n, const int32_t *points, int32_t at, int32_t m,
    int32_t *out, int32_t to);

void atrial_signal(const uint16_t *uv, int32_t mask, int32_t first, int32_t last, int32_t begin, int32_t end,
    int32_t *out);
void lag_products(const int32_t *values, int32_t n, int32_t lag, int32_t limit, int32_t *out);
void beat_products(const int32_t *values, int32_t at, int32_t beats, int32_t lag, int32_t limit, int32_t shift,
    int32_t *out);
void add_covariance(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, int32_t lag, int32_t shift,
    int32_t *out);

void cut_beat(const uint16_t *uv, int32_t mask, int32_t first, int32_t r, int32_t n, int32_t *out);
int32_t shape_difference(const int32_t *beat, const int32_t *other, int32_t shift, int32_t first, int32_t n);
void blend(const int32_t *beat, int32_t *mean, int32_t shift, int32_t count, int32_t n);
int32_t triple_peak(const int32_t *values, int32_t first, int32_t n);
void triple_shape(const int32_t *values, int32_t first, int32_t shift, int32_t peak, int32_t n, int8_t *out,
    int32_t channel);

void delineator_features(const int32_t *beat, int32_t r, int32_t n, int8_t *out);
void mean_probabilities(const int8_t *output, int32_t count, int32_t n, uint8_t *mean);
int32_t argmax(const uint8_t *mean, int32_t wave, int32_t first, int32_t last);
int32_t threshold_crossing(const uint8_t *mean, int32_t wave, int32_t start, int32_t end, int32_t threshold);
int32_t farthest_from_chord(const int32_t *beat, int32_t first, int32_t last);

int32_t log2_q3(int32_t value);
void block_statistics(const uint16_t *uv, int32_t mask, int32_t first, int32_t n, const int32_t *block, int32_t energy,
    int32_t *totals, uint8_t *codes, int32_t at);
int32_t contact_statistics(const int32_t *counts, int32_t *state);
int32_t gather(const uint8_t *ring, int32_t base, int32_t size, int32_t first, int32_t n, int32_t without,
    int32_t *out);
int32_t rr_differences(const int32_t *intervals, int32_t n, int32_t lag, int32_t *out);
void beat_amplitudes(const uint16_t *uv, int32_t mask, int32_t r, int32_t *out);
void cycle_shape(const uint16_t *uv, int32_t mask, int32_t r, int32_t rr, int32_t *out);
void alternation(const uint16_t *uv, int32_t mask, int32_t r, int32_t run, int32_t *state);

int32_t normalise(int32_t *values, int32_t n);
void correlate(const int32_t *values, int32_t n, int32_t low, int32_t high, int32_t *out);
int32_t find_period(const int32_t *curve, int32_t low, int32_t high, int32_t ratio_q8);
void product(const int16_t *ring, int32_t first, int32_t n, int32_t mask, int32_t lag, int32_t middle, int32_t *out);

void sum_ppg(const int32_t *pairs, int32_t start, int32_t n, int32_t full, int32_t *sums);
void count_repeats(const int32_t *pairs, int32_t start, int32_t n, int32_t *counts);
int32_t filter_ppg(int32_t level, int32_t number, int16_t *relative, int16_t *pulses, int32_t *state);
int32_t ppg_slopes(const int32_t *values, int32_t n, int32_t *out);
int32_t upstrokes(const int32_t *rise, int32_t n, int32_t min_amplitude, int32_t min_distance, int32_t *indices_q8,
    int32_t *amplitudes, int32_t room);
int32_t template_correlation(const int32_t *values, int32_t n, const int32_t *indices_q8, int32_t count, int32_t around,
    int32_t *shape);
int32_t maximum(const int32_t *values, int32_t first, int32_t last);
int32_t fold_waves(const int32_t *values, const int32_t *indices_q8, int32_t count, int32_t *wave);
void wave_shape(int32_t *wave, const uint8_t *cosines);
int32_t ppg_sharpness(const int16_t *relative, const int16_t *pulses, int32_t end, int32_t n, int32_t delay,
    int32_t shift);
void slope_moments(const int16_t *pulses, int32_t end, int32_t n, int32_t *out);
void ppg_products(const int16_t *red, const int16_t *infrared, int32_t end, int32_t n, int32_t *out);
int32_t pulse_upstrokes(const int32_t *pairs, int32_t start, int32_t n, int32_t *rings, int32_t *state, int32_t *found,
    int32_t room);
void rhythm_sums(const int32_t *intervals, const int32_t *rises, int32_t n, int32_t *out);

void mean_vector(const int16_t *x, const int16_t *y, const int16_t *z, int32_t start, int32_t end, int32_t mask,
    int32_t *out);
void add_motion(const int16_t *accel, const int16_t *gyro, int32_t start, int32_t n, int16_t *level, int32_t *state);
int32_t mean_square(const int16_t *ring, int32_t start, int32_t end, int32_t mask, int32_t divisor);

int32_t motion_checksum(const int16_t *accel, int32_t n);
void resample_motion(const int16_t *accel, int32_t n, int16_t *ring, int32_t *state);
void cancel_motion(const int32_t *values, int32_t number, int16_t *rings, int32_t *state);
void window_pair(const int16_t *rings, int32_t first, int32_t second, int32_t end, const uint8_t *window,
    int32_t *words);
void transform(int32_t *words, const uint8_t *sines);
void split_powers(int32_t *words);
void keep_powers(const int32_t *words, uint8_t *kept, int32_t at);
void add_powers(int32_t *words, const uint8_t *kept, int32_t at);
void log_spectrum(const int32_t *words, int32_t mirrored, int32_t least, uint8_t *out, int32_t at);
void score_rates(const uint8_t *spectra, int32_t first, int32_t n, const uint8_t *weights, int32_t *work, int32_t keep,
    int32_t *scores);
void follow_rate(int32_t *scores, int32_t first, int32_t n, int32_t gain, const uint8_t *settings,
    int32_t *probabilities, int32_t *out);

void pulse_levels(const int16_t *relative, int32_t position, int32_t until, int32_t sign, int32_t *out);
void add_breath_slots(int32_t *values, int32_t n, int32_t length_ms, int16_t *rings, int32_t *state);
void window_breaths(const int16_t *rings, int32_t first, int32_t first_index, int32_t second, int32_t second_index,
    const uint8_t *window, int32_t *words);

#endif
