// `machine.Pin` and the data path of `machine.SPI`: in C, as on every port, because the firmware uses them once a sample.
#include "py/runtime.h"

#include "bridge.h"

#define RISING (1)
#define FALLING (2)

typedef struct {
    mp_obj_base_t base;
    uint8_t number;
} pin_t;

extern const mp_obj_type_t bridge_pin_type;

// Pin(number)
static mp_obj_t pin_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    mp_int_t number = mp_obj_get_int(args[0]);
    if (number < 0 || number >= BRIDGE_PINS) {
        mp_raise_ValueError(MP_ERROR_TEXT("no such pin"));
    }
    pin_t *self = mp_obj_malloc(pin_t, type);
    self->number = number;
    return MP_OBJ_FROM_PTR(self);
}

// pin(), pin(level): the level, or drive it.
static mp_obj_t pin_call(mp_obj_t self_in, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    pin_t *self = MP_OBJ_TO_PTR(self_in);
    if (n_args) {
        bridge_put(OP_PIN, self->number, mp_obj_is_true(args[0]), NULL, 0);
        return mp_const_none;
    }
    bridge_put(OP_PIN_LEVEL, self->number, 0, NULL, 0);
    return MP_OBJ_NEW_SMALL_INT(bridge_finish()->payload[0]);
}

static mp_obj_t pin_value(size_t n_args, const mp_obj_t *args) {
    return pin_call(args[0], n_args - 1, 0, args + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(pin_value_obj, 1, 2, pin_value);

static mp_obj_t pin_on(mp_obj_t self) {
    mp_obj_t level = MP_OBJ_NEW_SMALL_INT(1);
    return pin_call(self, 1, 0, &level);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_on_obj, pin_on);

static mp_obj_t pin_off(mp_obj_t self) {
    mp_obj_t level = MP_OBJ_NEW_SMALL_INT(0);
    return pin_call(self, 1, 0, &level);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_off_obj, pin_off);

static mp_obj_t pin_toggle(mp_obj_t self) {
    mp_obj_t level = MP_OBJ_NEW_SMALL_INT(!mp_obj_get_int(pin_call(self, 0, 0, NULL)));
    return pin_call(self, 1, 0, &level);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_toggle_obj, pin_toggle);

// What is rare goes to a function of guest/machine.py of that name, with the pin before the other arguments.
static mp_obj_t delegate(qstr name, size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    mp_obj_t machine = mp_import_name(MP_QSTR_machine, mp_const_none, MP_OBJ_NEW_SMALL_INT(0));
    mp_obj_t all[8 + 2 * 8];
    if (n_args > 8 || named->used > 8) {
        mp_raise_TypeError(NULL);
    }
    for (size_t i = 0; i < n_args; ++i) {
        all[i] = args[i];
    }
    size_t at = n_args;
    for (size_t i = 0; i < named->alloc; ++i) {
        if (mp_map_slot_is_filled(named, i)) {
            all[at++] = named->table[i].key;
            all[at++] = named->table[i].value;
        }
    }
    return mp_call_function_n_kw(mp_load_attr(machine, name), n_args, named->used, all);
}

static mp_obj_t pin_init(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    return delegate(MP_QSTR_pin_init, n_args, args, named);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(pin_init_obj, 1, pin_init);

static mp_obj_t pin_irq(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    return delegate(MP_QSTR_pin_irq, n_args, args, named);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(pin_irq_obj, 1, pin_irq);

// pin.serve(handler): who is called with the pin when its interrupt comes.
static mp_obj_t pin_serve(mp_obj_t self_in, mp_obj_t handler) {
    pin_t *self = MP_OBJ_TO_PTR(self_in);
    mp_obj_t pair[2] = {handler, self_in};
    MP_STATE_VM(bridge_pin_handlers)[self->number] = handler == mp_const_none ? MP_OBJ_NULL : mp_obj_new_tuple(2, pair);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(pin_serve_obj, pin_serve);

static mp_obj_t pin_number(mp_obj_t self_in) {
    return MP_OBJ_NEW_SMALL_INT(((pin_t *)MP_OBJ_TO_PTR(self_in))->number);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_number_obj, pin_number);

static const mp_rom_map_elem_t pin_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&pin_value_obj) },
    { MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&pin_on_obj) },
    { MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&pin_off_obj) },
    { MP_ROM_QSTR(MP_QSTR_toggle), MP_ROM_PTR(&pin_toggle_obj) },
    { MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&pin_init_obj) },
    { MP_ROM_QSTR(MP_QSTR_irq), MP_ROM_PTR(&pin_irq_obj) },
    { MP_ROM_QSTR(MP_QSTR_serve), MP_ROM_PTR(&pin_serve_obj) },
    { MP_ROM_QSTR(MP_QSTR_number), MP_ROM_PTR(&pin_number_obj) },
    { MP_ROM_QSTR(MP_QSTR_IN), MP_ROM_INT(0) },
    { MP_ROM_QSTR(MP_QSTR_OUT), MP_ROM_INT(1) },
    { MP_ROM_QSTR(MP_QSTR_OPEN_DRAIN), MP_ROM_INT(2) },
    { MP_ROM_QSTR(MP_QSTR_PULL_UP), MP_ROM_INT(1) },
    { MP_ROM_QSTR(MP_QSTR_PULL_DOWN), MP_ROM_INT(2) },
    { MP_ROM_QSTR(MP_QSTR_IRQ_RISING), MP_ROM_INT(RISING) },
    { MP_ROM_QSTR(MP_QSTR_IRQ_FALLING), MP_ROM_INT(FALLING) },
};
static MP_DEFINE_CONST_DICT(pin_locals, pin_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(
    bridge_pin_type, MP_QSTR_Pin, MP_TYPE_FLAG_NONE,
    make_new, pin_make_new,
    call, pin_call,
    locals_dict, &pin_locals
    );

// SPI

typedef struct {
    mp_obj_base_t base;
    uint8_t number;
} spi_t;

// Spi(number)
static mp_obj_t spi_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, 1, false);
    spi_t *self = mp_obj_malloc(spi_t, type);
    self->number = mp_obj_get_int(args[0]);
    return MP_OBJ_FROM_PTR(self);
}

static void spi_transfer(mp_obj_t self, mp_int_t arg, const mp_buffer_info_t *out, const mp_buffer_info_t *into) {
    bridge_transfer_data(OP_SPI, ((spi_t *)MP_OBJ_TO_PTR(self))->number, arg, out, into);
}

static mp_obj_t spi_readinto(size_t n_args, const mp_obj_t *args) {
    mp_buffer_info_t into;
    mp_get_buffer_raise(args[1], &into, MP_BUFFER_WRITE);
    spi_transfer(args[0], n_args > 2 ? mp_obj_get_int(args[2]) & 0xff : 0, NULL, &into);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(spi_readinto_obj, 2, 3, spi_readinto);

static mp_obj_t spi_read(size_t n_args, const mp_obj_t *args) {
    vstr_t data;
    vstr_init_len(&data, mp_obj_get_int(args[1]));
    mp_buffer_info_t into = {.buf = data.buf, .len = data.len};
    spi_transfer(args[0], n_args > 2 ? mp_obj_get_int(args[2]) & 0xff : 0, NULL, &into);
    return mp_obj_new_bytes_from_vstr(&data);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(spi_read_obj, 2, 3, spi_read);

static mp_obj_t spi_write(mp_obj_t self, mp_obj_t buf) {
    mp_buffer_info_t out;
    mp_get_buffer_raise(buf, &out, MP_BUFFER_READ);
    spi_transfer(self, SPI_WRITES, &out, NULL);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(spi_write_obj, spi_write);

static mp_obj_t spi_write_readinto(mp_obj_t self, mp_obj_t write_buf, mp_obj_t read_buf) {
    mp_buffer_info_t out;
    mp_buffer_info_t into;
    mp_get_buffer_raise(write_buf, &out, MP_BUFFER_READ);
    mp_get_buffer_raise(read_buf, &into, MP_BUFFER_WRITE);
    if (out.len != into.len) {
        mp_raise_ValueError(MP_ERROR_TEXT("buffers must be the same length"));
    }
    spi_transfer(self, SPI_WRITES, &out, &into);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(spi_write_readinto_obj, spi_write_readinto);

static mp_obj_t spi_init(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    return delegate(MP_QSTR_spi_init, n_args, args, named);
}
static MP_DEFINE_CONST_FUN_OBJ_KW(spi_init_obj, 1, spi_init);

static mp_obj_t spi_number(mp_obj_t self_in) {
    return MP_OBJ_NEW_SMALL_INT(((spi_t *)MP_OBJ_TO_PTR(self_in))->number);
}
static MP_DEFINE_CONST_FUN_OBJ_1(spi_number_obj, spi_number);

static const mp_rom_map_elem_t spi_locals_table[] = {
    { MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&spi_init_obj) },
    { MP_ROM_QSTR(MP_QSTR_read), MP_ROM_PTR(&spi_read_obj) },
    { MP_ROM_QSTR(MP_QSTR_readinto), MP_ROM_PTR(&spi_readinto_obj) },
    { MP_ROM_QSTR(MP_QSTR_write), MP_ROM_PTR(&spi_write_obj) },
    { MP_ROM_QSTR(MP_QSTR_write_readinto), MP_ROM_PTR(&spi_write_readinto_obj) },
    { MP_ROM_QSTR(MP_QSTR_number), MP_ROM_PTR(&spi_number_obj) },
    { MP_ROM_QSTR(MP_QSTR_MSB), MP_ROM_INT(0) },
    { MP_ROM_QSTR(MP_QSTR_LSB), MP_ROM_INT(1) },
};
static MP_DEFINE_CONST_DICT(spi_locals, spi_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(
    bridge_spi_type, MP_QSTR_SPI, MP_TYPE_FLAG_NONE,
    make_new, spi_make_new,
    locals_dict, &spi_locals
    );
