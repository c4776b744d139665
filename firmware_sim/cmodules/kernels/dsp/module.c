// `vitalband_dsp` for MicroPython: takes what a viper function takes, integers modulo 2^32 and buffers by address.
#include "py/runtime.h"

#include "kernels.h"

static void *address(mp_obj_t object) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(object, &buffer, MP_BUFFER_READ);
    return buffer.buf;
}

#define I(k) ((int32_t)mp_obj_get_int_truncated(args[k]))
#define B(k) address(args[k])

#define RETURNS(name, count, ...) \
    static mp_obj_t name##_call(size_t n_args, const mp_obj_t *args) { \
        (void)n_args; \
        return mp_obj_new_int(name(__VA_ARGS__)); \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(name##_obj, count, count, name##_call);

#define ALTERS(name, count, ...) \
    static mp_obj_t name##_call(size_t n_args, const mp_obj_t *args) { \
        (void)n_args; \
        name(__VA_ARGS__); \
        return mp_const_none; \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(name##_obj, count, count, name##_call);

RETURNS(root, 1, I(0))
ALTERS(copy_words, 5, B(0), I(1), B(2), I(3), I(4))
ALTERS(clear_words, 2, B(0), I(1))
ALTERS(fill_ring, 5, B(0), I(1), I(2), I(3), I(4))
ALTERS(unroll, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(ring_mean, 4, B(0), I(1), I(2), I(3))
RETURNS(ring_max, 4, B(0), I(1), I(2), I(3))
RETURNS(ring_min, 4, B(0), I(1), I(2), I(3))
RETURNS(ring_peak_to_peak, 4, B(0), I(1), I(2), I(3))
ALTERS(sort_words, 2, B(0), I(1))
ALTERS(keep_ecg, 5, B(0), B(1), I(2), B(3), I(4))
ALTERS(mean_vector, 7, B(0), B(1), B(2), I(3), I(4), I(5), B(6))
ALTERS(sum_ppg, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(count_repeats, 4, B(0), I(1), I(2), B(3))
RETURNS(take_ecg, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(decode_ppg, 4, B(0), I(1), B(2), I(3))
ALTERS(decode_ppg_green, 5, B(0), I(1), B(2), B(3), I(4))
RETURNS(decode_motion, 5, B(0), I(1), B(2), B(3), I(4))
ALTERS(pack16, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(pack24, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(ring_write, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(ring_read, 5, B(0), I(1), I(2), B(3), I(4))
RETURNS(cobs_encode, 4, B(0), I(1), B(2), I(3))
RETURNS(put_bits, 4, B(0), I(1), I(2), I(3))
RETURNS(put_bytes, 5, B(0), I(1), I(2), B(3), I(4))
RETURNS(compress, 8, B(0), I(1), I(2), I(3), B(4), B(5), I(6), I(7))
ALTERS(condition, 6, B(0), I(1), B(2), I(3), I(4), B(5))
RETURNS(filter_qrs, 7, B(0), I(1), I(2), I(3), B(4), B(5), B(6))
RETURNS(next_peak, 4, B(0), I(1), I(2), B(3))
ALTERS(slopes, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(band_centre, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(locate_r, 4, B(0), I(1), I(2), I(3))
ALTERS(fit_tones, 7, B(0), I(1), I(2), B(3), B(4), I(5), I(6))
ALTERS(follow_mains, 6, B(0), I(1), I(2), B(3), I(4), B(5))
ALTERS(judge_steadiness, 3, B(0), I(1), B(2))
ALTERS(cancel_mains, 7, B(0), I(1), I(2), B(3), B(4), I(5), B(6))
RETURNS(find_spike, 4, B(0), I(1), I(2), B(3))
RETURNS(peak_to_peak, 4, B(0), I(1), I(2), I(3))
RETURNS(largest_bend, 5, B(0), I(1), I(2), I(3), I(4))
ALTERS(qrs_evidence_features, 6, B(0), I(1), I(2), I(3), B(4), B(5))
RETURNS(atrial_waves, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
ALTERS(follow_waves, 10, B(0), I(1), B(2), I(3), I(4), I(5), I(6), I(7), B(8), I(9))
ALTERS(waves_before, 8, B(0), I(1), I(2), B(3), I(4), I(5), B(6), I(7))
ALTERS(atrial_signal, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
ALTERS(lag_products, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(beat_products, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
ALTERS(add_covariance, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
ALTERS(cut_beat, 6, B(0), I(1), I(2), I(3), I(4), B(5))
RETURNS(shape_difference, 5, B(0), B(1), I(2), I(3), I(4))
ALTERS(blend, 5, B(0), B(1), I(2), I(3), I(4))
RETURNS(triple_peak, 3, B(0), I(1), I(2))
ALTERS(triple_shape, 7, B(0), I(1), I(2), I(3), I(4), B(5), I(6))
ALTERS(delineator_features, 4, B(0), I(1), I(2), B(3))
ALTERS(mean_probabilities, 4, B(0), I(1), I(2), B(3))
RETURNS(argmax, 4, B(0), I(1), I(2), I(3))
RETURNS(threshold_crossing, 5, B(0), I(1), I(2), I(3), I(4))
RETURNS(farthest_from_chord, 3, B(0), I(1), I(2))
RETURNS(log2_q3, 1, I(0))
ALTERS(block_statistics, 9, B(0), I(1), I(2), I(3), B(4), I(5), B(6), B(7), I(8))
RETURNS(contact_statistics, 2, B(0), B(1))
RETURNS(gather, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
RETURNS(rr_differences, 4, B(0), I(1), I(2), B(3))
ALTERS(beat_amplitudes, 4, B(0), I(1), I(2), B(3))
ALTERS(cycle_shape, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(alternation, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(normalise, 2, B(0), I(1))
ALTERS(correlate, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(find_period, 4, B(0), I(1), I(2), I(3))
ALTERS(product, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
RETURNS(filter_ppg, 5, I(0), I(1), B(2), B(3), B(4))
RETURNS(ppg_slopes, 3, B(0), I(1), B(2))
RETURNS(upstrokes, 7, B(0), I(1), I(2), I(3), B(4), B(5), I(6))
RETURNS(template_correlation, 6, B(0), I(1), B(2), I(3), I(4), B(5))
RETURNS(maximum, 3, B(0), I(1), I(2))
RETURNS(fold_waves, 4, B(0), B(1), I(2), B(3))
ALTERS(wave_shape, 2, B(0), B(1))
RETURNS(ppg_sharpness, 6, B(0), B(1), I(2), I(3), I(4), I(5))
ALTERS(slope_moments, 4, B(0), I(1), I(2), B(3))
ALTERS(ppg_products, 5, B(0), B(1), I(2), I(3), B(4))
RETURNS(pulse_upstrokes, 7, B(0), I(1), I(2), B(3), B(4), B(5), I(6))
ALTERS(rhythm_sums, 4, B(0), B(1), I(2), B(3))
ALTERS(add_motion, 6, B(0), B(1), I(2), I(3), B(4), B(5))
RETURNS(mean_square, 5, B(0), I(1), I(2), I(3), I(4))
RETURNS(motion_checksum, 2, B(0), I(1))
ALTERS(resample_motion, 4, B(0), I(1), B(2), B(3))
ALTERS(cancel_motion, 4, B(0), I(1), B(2), B(3))
ALTERS(window_pair, 6, B(0), I(1), I(2), I(3), B(4), B(5))
ALTERS(transform, 2, B(0), B(1))
ALTERS(split_powers, 1, B(0))
ALTERS(keep_powers, 3, B(0), B(1), I(2))
ALTERS(add_powers, 3, B(0), B(1), I(2))
ALTERS(log_spectrum, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(score_rates, 7, B(0), I(1), I(2), B(3), B(4), I(5), B(6))
ALTERS(follow_rate, 7, B(0), I(1), I(2), I(3), B(4), B(5), B(6))
ALTERS(pulse_levels, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(add_breath_slots, 5, B(0), I(1), I(2), B(3), B(4))
ALTERS(window_breaths, 7, B(0), I(1), I(2), I(3), I(4), B(5), B(6))

static const mp_rom_map_elem_t vitalband_dsp_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_vitalband_dsp) },
    { MP_ROM_QSTR(MP_QSTR_root), MP_ROM_PTR(&root_obj) },
    { MP_ROM_QSTR(MP_QSTR_copy_words), MP_ROM_PTR(&copy_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_clear_words), MP_ROM_PTR(&clear_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_fill_ring), MP_ROM_PTR(&fill_ring_obj) },
    { MP_ROM_QSTR(MP_QSTR_unroll), MP_ROM_PTR(&unroll_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_mean), MP_ROM_PTR(&ring_mean_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_max), MP_ROM_PTR(&ring_max_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_min), MP_ROM_PTR(&ring_min_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_peak_to_peak), MP_ROM_PTR(&ring_peak_to_peak_obj) },
    { MP_ROM_QSTR(MP_QSTR_sort_words), MP_ROM_PTR(&sort_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_keep_ecg), MP_ROM_PTR(&keep_ecg_obj) },
    { MP_ROM_QSTR(MP_QSTR_take_ecg), MP_ROM_PTR(&take_ecg_obj) },
    { MP_ROM_QSTR(MP_QSTR_decode_ppg), MP_ROM_PTR(&decode_ppg_obj) },
    { MP_ROM_QSTR(MP_QSTR_decode_ppg_green), MP_ROM_PTR(&decode_ppg_green_obj) },
    { MP_ROM_QSTR(MP_QSTR_decode_motion), MP_ROM_PTR(&decode_motion_obj) },
    { MP_ROM_QSTR(MP_QSTR_pack16), MP_ROM_PTR(&pack16_obj) },
    { MP_ROM_QSTR(MP_QSTR_pack24), MP_ROM_PTR(&pack24_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_write), MP_ROM_PTR(&ring_write_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_read), MP_ROM_PTR(&ring_read_obj) },
    { MP_ROM_QSTR(MP_QSTR_cobs_encode), MP_ROM_PTR(&cobs_encode_obj) },
    { MP_ROM_QSTR(MP_QSTR_condition), MP_ROM_PTR(&condition_obj) },
    { MP_ROM_QSTR(MP_QSTR_filter_qrs), MP_ROM_PTR(&filter_qrs_obj) },
    { MP_ROM_QSTR(MP_QSTR_next_peak), MP_ROM_PTR(&next_peak_obj) },
    { MP_ROM_QSTR(MP_QSTR_slopes), MP_ROM_PTR(&slopes_obj) },
    { MP_ROM_QSTR(MP_QSTR_band_centre), MP_ROM_PTR(&band_centre_obj) },
    { MP_ROM_QSTR(MP_QSTR_locate_r), MP_ROM_PTR(&locate_r_obj) },
    { MP_ROM_QSTR(MP_QSTR_fit_tones), MP_ROM_PTR(&fit_tones_obj) },
    { MP_ROM_QSTR(MP_QSTR_follow_mains), MP_ROM_PTR(&follow_mains_obj) },
    { MP_ROM_QSTR(MP_QSTR_judge_steadiness), MP_ROM_PTR(&judge_steadiness_obj) },
    { MP_ROM_QSTR(MP_QSTR_cancel_mains), MP_ROM_PTR(&cancel_mains_obj) },
    { MP_ROM_QSTR(MP_QSTR_find_spike), MP_ROM_PTR(&find_spike_obj) },
    { MP_ROM_QSTR(MP_QSTR_peak_to_peak), MP_ROM_PTR(&peak_to_peak_obj) },
    { MP_ROM_QSTR(MP_QSTR_largest_bend), MP_ROM_PTR(&largest_bend_obj) },
    { MP_ROM_QSTR(MP_QSTR_qrs_evidence_features), MP_ROM_PTR(&qrs_evidence_features_obj) },
    { MP_ROM_QSTR(MP_QSTR_atrial_waves), MP_ROM_PTR(&atrial_waves_obj) },
    { MP_ROM_QSTR(MP_QSTR_follow_waves), MP_ROM_PTR(&follow_waves_obj) },
    { MP_ROM_QSTR(MP_QSTR_waves_before), MP_ROM_PTR(&waves_before_obj) },
    { MP_ROM_QSTR(MP_QSTR_atrial_signal), MP_ROM_PTR(&atrial_signal_obj) },
    { MP_ROM_QSTR(MP_QSTR_lag_products), MP_ROM_PTR(&lag_products_obj) },
    { MP_ROM_QSTR(MP_QSTR_beat_products), MP_ROM_PTR(&beat_products_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_covariance), MP_ROM_PTR(&add_covariance_obj) },
    { MP_ROM_QSTR(MP_QSTR_cut_beat), MP_ROM_PTR(&cut_beat_obj) },
    { MP_ROM_QSTR(MP_QSTR_shape_difference), MP_ROM_PTR(&shape_difference_obj) },
    { MP_ROM_QSTR(MP_QSTR_blend), MP_ROM_PTR(&blend_obj) },
    { MP_ROM_QSTR(MP_QSTR_triple_peak), MP_ROM_PTR(&triple_peak_obj) },
    { MP_ROM_QSTR(MP_QSTR_triple_shape), MP_ROM_PTR(&triple_shape_obj) },
    { MP_ROM_QSTR(MP_QSTR_delineator_features), MP_ROM_PTR(&delineator_features_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_probabilities), MP_ROM_PTR(&mean_probabilities_obj) },
    { MP_ROM_QSTR(MP_QSTR_argmax), MP_ROM_PTR(&argmax_obj) },
    { MP_ROM_QSTR(MP_QSTR_threshold_crossing), MP_ROM_PTR(&threshold_crossing_obj) },
    { MP_ROM_QSTR(MP_QSTR_farthest_from_chord), MP_ROM_PTR(&farthest_from_chord_obj) },
    { MP_ROM_QSTR(MP_QSTR_log2_q3), MP_ROM_PTR(&log2_q3_obj) },
    { MP_ROM_QSTR(MP_QSTR_block_statistics), MP_ROM_PTR(&block_statistics_obj) },
    { MP_ROM_QSTR(MP_QSTR_contact_statistics), MP_ROM_PTR(&contact_statistics_obj) },
    { MP_ROM_QSTR(MP_QSTR_gather), MP_ROM_PTR(&gather_obj) },
    { MP_ROM_QSTR(MP_QSTR_rr_differences), MP_ROM_PTR(&rr_differences_obj) },
    { MP_ROM_QSTR(MP_QSTR_beat_amplitudes), MP_ROM_PTR(&beat_amplitudes_obj) },
    { MP_ROM_QSTR(MP_QSTR_cycle_shape), MP_ROM_PTR(&cycle_shape_obj) },
    { MP_ROM_QSTR(MP_QSTR_alternation), MP_ROM_PTR(&alternation_obj) },
    { MP_ROM_QSTR(MP_QSTR_normalise), MP_ROM_PTR(&normalise_obj) },
    { MP_ROM_QSTR(MP_QSTR_correlate), MP_ROM_PTR(&correlate_obj) },
    { MP_ROM_QSTR(MP_QSTR_find_period), MP_ROM_PTR(&find_period_obj) },
    { MP_ROM_QSTR(MP_QSTR_product), MP_ROM_PTR(&product_obj) },
    { MP_ROM_QSTR(MP_QSTR_filter_ppg), MP_ROM_PTR(&filter_ppg_obj) },
    { MP_ROM_QSTR(MP_QSTR_count_repeats), MP_ROM_PTR(&count_repeats_obj) },
    { MP_ROM_QSTR(MP_QSTR_sum_ppg), MP_ROM_PTR(&sum_ppg_obj) },
    { MP_ROM_QSTR(MP_QSTR_ppg_slopes), MP_ROM_PTR(&ppg_slopes_obj) },
    { MP_ROM_QSTR(MP_QSTR_upstrokes), MP_ROM_PTR(&upstrokes_obj) },
    { MP_ROM_QSTR(MP_QSTR_template_correlation), MP_ROM_PTR(&template_correlation_obj) },
    { MP_ROM_QSTR(MP_QSTR_maximum), MP_ROM_PTR(&maximum_obj) },
    { MP_ROM_QSTR(MP_QSTR_fold_waves), MP_ROM_PTR(&fold_waves_obj) },
    { MP_ROM_QSTR(MP_QSTR_wave_shape), MP_ROM_PTR(&wave_shape_obj) },
    { MP_ROM_QSTR(MP_QSTR_ppg_sharpness), MP_ROM_PTR(&ppg_sharpness_obj) },
    { MP_ROM_QSTR(MP_QSTR_slope_moments), MP_ROM_PTR(&slope_moments_obj) },
    { MP_ROM_QSTR(MP_QSTR_ppg_products), MP_ROM_PTR(&ppg_products_obj) },
    { MP_ROM_QSTR(MP_QSTR_pulse_upstrokes), MP_ROM_PTR(&pulse_upstrokes_obj) },
    { MP_ROM_QSTR(MP_QSTR_rhythm_sums), MP_ROM_PTR(&rhythm_sums_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_motion), MP_ROM_PTR(&add_motion_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_vector), MP_ROM_PTR(&mean_vector_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_square), MP_ROM_PTR(&mean_square_obj) },
    { MP_ROM_QSTR(MP_QSTR_motion_checksum), MP_ROM_PTR(&motion_checksum_obj) },
    { MP_ROM_QSTR(MP_QSTR_resample_motion), MP_ROM_PTR(&resample_motion_obj) },
    { MP_ROM_QSTR(MP_QSTR_cancel_motion), MP_ROM_PTR(&cancel_motion_obj) },
    { MP_ROM_QSTR(MP_QSTR_window_pair), MP_ROM_PTR(&window_pair_obj) },
    { MP_ROM_QSTR(MP_QSTR_transform), MP_ROM_PTR(&transform_obj) },
    { MP_ROM_QSTR(MP_QSTR_split_powers), MP_ROM_PTR(&split_powers_obj) },
    { MP_ROM_QSTR(MP_QSTR_keep_powers), MP_ROM_PTR(&keep_powers_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_powers), MP_ROM_PTR(&add_powers_obj) },
    { MP_ROM_QSTR(MP_QSTR_log_spectrum), MP_ROM_PTR(&log_spectrum_obj) },
    { MP_ROM_QSTR(MP_QSTR_score_rates), MP_ROM_PTR(&score_rates_obj) },
    { MP_ROM_QSTR(MP_QSTR_put_bits), MP_ROM_PTR(&put_bits_obj) },
    { MP_ROM_QSTR(MP_QSTR_put_bytes), MP_ROM_PTR(&put_bytes_obj) },
    { MP_ROM_QSTR(MP_QSTR_compress), MP_ROM_PTR(&compress_obj) },
    { MP_ROM_QSTR(MP_QSTR_follow_rate), MP_ROM_PTR(&follow_rate_obj) },
    { MP_ROM_QSTR(MP_QSTR_pulse_levels), MP_ROM_PTR(&pulse_levels_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_breath_slots), MP_ROM_PTR(&add_breath_slots_obj) },
    { MP_ROM_QSTR(MP_QSTR_window_breaths), MP_ROM_PTR(&window_breaths_obj) },
};
static MP_DEFINE_CONST_DICT(vitalband_dsp_globals, vitalband_dsp_table);

const mp_obj_module_t vitalband_dsp_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&vitalband_dsp_globals,
};

MP_REGISTER_MODULE(MP_QSTR_vitalband_dsp, vitalband_dsp_module);
