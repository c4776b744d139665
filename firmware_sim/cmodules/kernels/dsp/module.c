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
RETURNS(ring_greatest, 4, B(0), I(1), I(2), I(3))
RETURNS(ring_least, 4, B(0), I(1), I(2), I(3))
RETURNS(ring_swing, 4, B(0), I(1), I(2), I(3))
ALTERS(sort_words, 2, B(0), I(1))
ALTERS(keep_ecg, 5, B(0), B(1), I(2), B(3), I(4))
ALTERS(mean_vector, 7, B(0), B(1), B(2), I(3), I(4), I(5), B(6))
ALTERS(sum_light, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(take_ecg, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(decode_light, 3, B(0), I(1), B(2))
RETURNS(decode_motion, 5, B(0), I(1), B(2), B(3), I(4))
ALTERS(pack16, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(pack24, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(ring_write, 5, B(0), I(1), I(2), B(3), I(4))
ALTERS(ring_read, 5, B(0), I(1), I(2), B(3), I(4))
RETURNS(cobs_encode, 4, B(0), I(1), B(2), I(3))
ALTERS(condition, 6, B(0), I(1), B(2), I(3), I(4), B(5))
RETURNS(filter_qrs, 7, B(0), I(1), I(2), I(3), B(4), B(5), B(6))
RETURNS(next_peak, 4, B(0), I(1), I(2), B(3))
ALTERS(slopes, 4, B(0), I(1), I(2), B(3))
RETURNS(band_centre, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(locate_r, 4, B(0), I(1), I(2), I(3))
RETURNS(find_spike, 4, B(0), I(1), I(2), B(3))
RETURNS(swing, 4, B(0), I(1), I(2), I(3))
ALTERS(evidence_features, 6, B(0), I(1), I(2), I(3), B(4), B(5))
ALTERS(cut_beat, 6, B(0), I(1), I(2), I(3), I(4), B(5))
RETURNS(differ, 5, B(0), B(1), I(2), I(3), I(4))
ALTERS(blend, 5, B(0), B(1), I(2), I(3), I(4))
RETURNS(triple_height, 3, B(0), I(1), I(2))
ALTERS(triple_shape, 7, B(0), I(1), I(2), I(3), I(4), B(5), I(6))
ALTERS(wave_features, 4, B(0), I(1), I(2), B(3))
ALTERS(mean_probabilities, 4, B(0), I(1), I(2), B(3))
RETURNS(highest, 4, B(0), I(1), I(2), I(3))
RETURNS(half_crossing, 5, B(0), I(1), I(2), I(3), I(4))
RETURNS(off_line, 3, B(0), I(1), I(2))
RETURNS(octaves, 1, I(0))
ALTERS(tally_block, 9, B(0), I(1), I(2), I(3), B(4), I(5), B(6), B(7), I(8))
RETURNS(gather, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
RETURNS(rr_changes, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(beat_figures, 4, B(0), I(1), I(2), B(3))
ALTERS(alternation, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(normalise, 2, B(0), I(1))
ALTERS(correlate, 5, B(0), I(1), I(2), I(3), B(4))
RETURNS(find_period, 4, B(0), I(1), I(2), I(3))
ALTERS(smooth_breath, 5, B(0), I(1), I(2), I(3), B(4))
ALTERS(product, 7, B(0), I(1), I(2), I(3), I(4), I(5), B(6))
RETURNS(add_light, 5, I(0), I(1), B(2), B(3), B(4))
ALTERS(rises, 3, B(0), I(1), B(2))
RETURNS(upstrokes, 7, B(0), I(1), I(2), I(3), B(4), B(5), I(6))
RETURNS(likeness, 6, B(0), I(1), B(2), I(3), I(4), B(5))
RETURNS(tallest, 3, B(0), I(1), I(2))
ALTERS(swing_together, 5, B(0), B(1), I(2), I(3), B(4))
ALTERS(add_motion, 6, B(0), B(1), I(2), I(3), B(4), B(5))
RETURNS(mean_square, 5, B(0), I(1), I(2), I(3), I(4))

static const mp_rom_map_elem_t vitalband_dsp_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_vitalband_dsp) },
    { MP_ROM_QSTR(MP_QSTR_root), MP_ROM_PTR(&root_obj) },
    { MP_ROM_QSTR(MP_QSTR_copy_words), MP_ROM_PTR(&copy_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_clear_words), MP_ROM_PTR(&clear_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_fill_ring), MP_ROM_PTR(&fill_ring_obj) },
    { MP_ROM_QSTR(MP_QSTR_unroll), MP_ROM_PTR(&unroll_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_mean), MP_ROM_PTR(&ring_mean_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_greatest), MP_ROM_PTR(&ring_greatest_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_least), MP_ROM_PTR(&ring_least_obj) },
    { MP_ROM_QSTR(MP_QSTR_ring_swing), MP_ROM_PTR(&ring_swing_obj) },
    { MP_ROM_QSTR(MP_QSTR_sort_words), MP_ROM_PTR(&sort_words_obj) },
    { MP_ROM_QSTR(MP_QSTR_keep_ecg), MP_ROM_PTR(&keep_ecg_obj) },
    { MP_ROM_QSTR(MP_QSTR_take_ecg), MP_ROM_PTR(&take_ecg_obj) },
    { MP_ROM_QSTR(MP_QSTR_decode_light), MP_ROM_PTR(&decode_light_obj) },
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
    { MP_ROM_QSTR(MP_QSTR_find_spike), MP_ROM_PTR(&find_spike_obj) },
    { MP_ROM_QSTR(MP_QSTR_swing), MP_ROM_PTR(&swing_obj) },
    { MP_ROM_QSTR(MP_QSTR_evidence_features), MP_ROM_PTR(&evidence_features_obj) },
    { MP_ROM_QSTR(MP_QSTR_cut_beat), MP_ROM_PTR(&cut_beat_obj) },
    { MP_ROM_QSTR(MP_QSTR_differ), MP_ROM_PTR(&differ_obj) },
    { MP_ROM_QSTR(MP_QSTR_blend), MP_ROM_PTR(&blend_obj) },
    { MP_ROM_QSTR(MP_QSTR_triple_height), MP_ROM_PTR(&triple_height_obj) },
    { MP_ROM_QSTR(MP_QSTR_triple_shape), MP_ROM_PTR(&triple_shape_obj) },
    { MP_ROM_QSTR(MP_QSTR_wave_features), MP_ROM_PTR(&wave_features_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_probabilities), MP_ROM_PTR(&mean_probabilities_obj) },
    { MP_ROM_QSTR(MP_QSTR_highest), MP_ROM_PTR(&highest_obj) },
    { MP_ROM_QSTR(MP_QSTR_half_crossing), MP_ROM_PTR(&half_crossing_obj) },
    { MP_ROM_QSTR(MP_QSTR_off_line), MP_ROM_PTR(&off_line_obj) },
    { MP_ROM_QSTR(MP_QSTR_octaves), MP_ROM_PTR(&octaves_obj) },
    { MP_ROM_QSTR(MP_QSTR_tally_block), MP_ROM_PTR(&tally_block_obj) },
    { MP_ROM_QSTR(MP_QSTR_gather), MP_ROM_PTR(&gather_obj) },
    { MP_ROM_QSTR(MP_QSTR_rr_changes), MP_ROM_PTR(&rr_changes_obj) },
    { MP_ROM_QSTR(MP_QSTR_beat_figures), MP_ROM_PTR(&beat_figures_obj) },
    { MP_ROM_QSTR(MP_QSTR_alternation), MP_ROM_PTR(&alternation_obj) },
    { MP_ROM_QSTR(MP_QSTR_normalise), MP_ROM_PTR(&normalise_obj) },
    { MP_ROM_QSTR(MP_QSTR_correlate), MP_ROM_PTR(&correlate_obj) },
    { MP_ROM_QSTR(MP_QSTR_find_period), MP_ROM_PTR(&find_period_obj) },
    { MP_ROM_QSTR(MP_QSTR_smooth_breath), MP_ROM_PTR(&smooth_breath_obj) },
    { MP_ROM_QSTR(MP_QSTR_product), MP_ROM_PTR(&product_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_light), MP_ROM_PTR(&add_light_obj) },
    { MP_ROM_QSTR(MP_QSTR_sum_light), MP_ROM_PTR(&sum_light_obj) },
    { MP_ROM_QSTR(MP_QSTR_rises), MP_ROM_PTR(&rises_obj) },
    { MP_ROM_QSTR(MP_QSTR_upstrokes), MP_ROM_PTR(&upstrokes_obj) },
    { MP_ROM_QSTR(MP_QSTR_likeness), MP_ROM_PTR(&likeness_obj) },
    { MP_ROM_QSTR(MP_QSTR_tallest), MP_ROM_PTR(&tallest_obj) },
    { MP_ROM_QSTR(MP_QSTR_swing_together), MP_ROM_PTR(&swing_together_obj) },
    { MP_ROM_QSTR(MP_QSTR_add_motion), MP_ROM_PTR(&add_motion_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_vector), MP_ROM_PTR(&mean_vector_obj) },
    { MP_ROM_QSTR(MP_QSTR_mean_square), MP_ROM_PTR(&mean_square_obj) },
};
static MP_DEFINE_CONST_DICT(vitalband_dsp_globals, vitalband_dsp_table);

const mp_obj_module_t vitalband_dsp_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&vitalband_dsp_globals,
};

MP_REGISTER_MODULE(MP_QSTR_vitalband_dsp, vitalband_dsp_module);
