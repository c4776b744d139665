// The MicroPython module `vitalband_nn`: each function takes (params, arena, model, table, scratch).
#include "kernels.h"
#include "py/runtime.h"

static void *buffer(mp_obj_t object, mp_uint_t flags) {
    mp_buffer_info_t info;
    mp_get_buffer_raise(object, &info, flags);
    return info.buf;
}

#define KERNEL(name) \
    static mp_obj_t call_##name(size_t n, const mp_obj_t *args) { \
        (void)n; \
        nn_step_t step = { \
            buffer(args[0], MP_BUFFER_READ), buffer(args[1], MP_BUFFER_WRITE), buffer(args[2], MP_BUFFER_READ), \
            buffer(args[3], MP_BUFFER_READ), buffer(args[4], MP_BUFFER_WRITE), \
        }; \
        nn_##name(&step); \
        return mp_const_none; \
    } \
    static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(object_##name, 5, 5, call_##name)

KERNEL(conv);
KERNEL(depthwise);
KERNEL(copy);
KERNEL(fill);
KERNEL(lookup);
KERNEL(add);
KERNEL(average_pool);
KERNEL(max_pool);
KERNEL(mean);
KERNEL(resize);
KERNEL(softmax);

static const mp_rom_map_elem_t globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_vitalband_nn) },
    { MP_ROM_QSTR(MP_QSTR_conv), MP_ROM_PTR(&object_conv) },
    { MP_ROM_QSTR(MP_QSTR_depthwise), MP_ROM_PTR(&object_depthwise) },
    { MP_ROM_QSTR(MP_QSTR_copy), MP_ROM_PTR(&object_copy) },
    { MP_ROM_QSTR(MP_QSTR_fill), MP_ROM_PTR(&object_fill) },
    { MP_ROM_QSTR(MP_QSTR_lookup), MP_ROM_PTR(&object_lookup) },
    { MP_ROM_QSTR(MP_QSTR_add), MP_ROM_PTR(&object_add) },
    { MP_ROM_QSTR(MP_QSTR_average_pool), MP_ROM_PTR(&object_average_pool) },
    { MP_ROM_QSTR(MP_QSTR_max_pool), MP_ROM_PTR(&object_max_pool) },
    { MP_ROM_QSTR(MP_QSTR_mean), MP_ROM_PTR(&object_mean) },
    { MP_ROM_QSTR(MP_QSTR_resize), MP_ROM_PTR(&object_resize) },
    { MP_ROM_QSTR(MP_QSTR_softmax), MP_ROM_PTR(&object_softmax) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t vitalband_nn_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR_vitalband_nn, vitalband_nn_module);
