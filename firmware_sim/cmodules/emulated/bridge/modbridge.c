// The module `bridge`: what the emulated board's `machine`, `time`, `os` and `bluetooth` (guest/*.py) are made of.
#include <string.h>

#include "py/gc.h"
#include "py/mperrno.h"
#include "py/objarray.h"
#include "py/runtime.h"

#include "bridge.h"

#define TICKS_MASK (0x3fffffff)

extern const mp_obj_type_t bridge_pin_type;
extern const mp_obj_type_t bridge_spi_type;

#if !defined(__arm__)
void console_poll(void) {
}
#endif

// open(handler): connect and say hello; handler(bytes) -> bytes or None serves the events that the board is told.
static mp_obj_t bridge_open_(mp_obj_t handler) {
    MP_STATE_VM(bridge_handler) = handler;
    if (!bridge_open()) {
        mp_raise_OSError(MP_ENODEV);
    }
    profile_start();
    bridge_put(OP_HELLO, 0, 0, NULL, 0);
    bridge_reply_t *reply = bridge_finish();
    return mp_obj_new_bytes(reply->payload, reply->length);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bridge_open_obj, bridge_open_);

// wait(op, us): nothing to do for `us`; returns when they have passed, or earlier when op is OP_IDLE and there is input.
static mp_obj_t bridge_wait(mp_obj_t op, mp_obj_t us) {
    bridge_check_open();
    bridge_put_total(mp_obj_get_int(op), mp_obj_get_int(us));
    bridge_finish();
    console_poll();
    mp_handle_pending(true);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(bridge_wait_obj, bridge_wait);

// post(op, handle, arg): a request without an answer; it goes out with the next one that has one.
static mp_obj_t bridge_post(mp_obj_t op, mp_obj_t handle, mp_obj_t arg) {
    bridge_check_open();
    bridge_put(mp_obj_get_int(op), mp_obj_get_int(handle), mp_obj_get_int_truncated(arg), NULL, 0);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(bridge_post_obj, bridge_post);

// transfer(op, handle, arg, out, into): send `out` (or None), receive into `into` (or None); returns the bytes received.
static mp_obj_t bridge_transfer(size_t n, const mp_obj_t *args) {
    mp_buffer_info_t out = {0};
    mp_buffer_info_t into = {0};
    if (args[3] != mp_const_none) {
        mp_get_buffer_raise(args[3], &out, MP_BUFFER_READ);
    }
    if (args[4] != mp_const_none) {
        mp_get_buffer_raise(args[4], &into, MP_BUFFER_WRITE);
    }
    return MP_OBJ_NEW_SMALL_INT(bridge_transfer_data(mp_obj_get_int(args[0]), mp_obj_get_int(args[1]),
        mp_obj_get_int_truncated(args[2]), &out, &into));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(bridge_transfer_obj, 5, 5, bridge_transfer);

// exchange(op, request) -> bytes: a request with a payload of any kind and an answer of any kind.
static mp_obj_t bridge_exchange(mp_obj_t op, mp_obj_t request) {
    bridge_check_open();
    mp_buffer_info_t out;
    mp_get_buffer_raise(request, &out, MP_BUFFER_READ);
    if (out.len > BRIDGE_LARGEST) {
        mp_raise_OSError(MP_EINVAL);
    }
    bridge_put(mp_obj_get_int(op), 0, 0, out.buf, out.len);
    bridge_reply_t *reply = bridge_finish();
    if (reply->kind == REPLY_ERROR) {
        bridge_raise(reply);
    }
    return mp_obj_new_bytes(reply->payload, reply->length);
}
static MP_DEFINE_CONST_FUN_OBJ_2(bridge_exchange_obj, bridge_exchange);

// ticks_us(): device time in us, modulo 2^30; it stands still while the firmware runs.
static mp_obj_t bridge_ticks_us(void) {
    return MP_OBJ_NEW_SMALL_INT(bridge_now_us() & TICKS_MASK);
}
static MP_DEFINE_CONST_FUN_OBJ_0(bridge_ticks_us_obj, bridge_ticks_us);

// ticks_diff(later, earlier): signed distance of two tick values less than half a period apart.
static mp_obj_t bridge_ticks_diff(mp_obj_t later, mp_obj_t earlier) {
    uint32_t half = (TICKS_MASK >> 1) + 1;
    uint32_t apart = MP_OBJ_SMALL_INT_VALUE(later) - MP_OBJ_SMALL_INT_VALUE(earlier);
    return MP_OBJ_NEW_SMALL_INT((mp_int_t)((apart + half) & TICKS_MASK) - (mp_int_t)half);
}
static MP_DEFINE_CONST_FUN_OBJ_2(bridge_ticks_diff_obj, bridge_ticks_diff);

// enter(stage), leave(): what is executed in between is counted for that stage (1 to 62).
static mp_obj_t bridge_enter(mp_obj_t stage) {
    profile_enter(MP_OBJ_SMALL_INT_VALUE(stage));
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(bridge_enter_obj, bridge_enter);

static mp_obj_t bridge_leave(void) {
    profile_leave();
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(bridge_leave_obj, bridge_leave);

// heap() -> (used, free, largest free piece) in bytes, garbage included in what is used.
static mp_obj_t bridge_heap(void) {
    gc_info_t info;
    gc_info(&info);
    mp_obj_t items[3] = {
        mp_obj_new_int(info.used),
        mp_obj_new_int(info.free),
        mp_obj_new_int(info.max_free * MICROPY_BYTES_PER_GC_BLOCK),
    };
    return mp_obj_new_tuple(3, items);
}
static MP_DEFINE_CONST_FUN_OBJ_0(bridge_heap_obj, bridge_heap);

// counters() -> bytes: for each stage u64 instructions, then for each u32 calls; counting begins anew.
static mp_obj_t bridge_counters(void) {
    uint8_t out[BRIDGE_STAGES * (sizeof(uint64_t) + sizeof(uint32_t))];
    uint64_t instructions[BRIDGE_STAGES];
    uint32_t calls[BRIDGE_STAGES];
    profile_read(instructions, calls);
    memcpy(out, instructions, sizeof(instructions));
    memcpy(out + sizeof(instructions), calls, sizeof(calls));
    profile_reset();
    return mp_obj_new_bytes(out, sizeof(out));
}
static MP_DEFINE_CONST_FUN_OBJ_0(bridge_counters_obj, bridge_counters);

static const mp_rom_map_elem_t bridge_globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_bridge) },
    { MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&bridge_open_obj) },
    { MP_ROM_QSTR(MP_QSTR_wait), MP_ROM_PTR(&bridge_wait_obj) },
    { MP_ROM_QSTR(MP_QSTR_post), MP_ROM_PTR(&bridge_post_obj) },
    { MP_ROM_QSTR(MP_QSTR_transfer), MP_ROM_PTR(&bridge_transfer_obj) },
    { MP_ROM_QSTR(MP_QSTR_exchange), MP_ROM_PTR(&bridge_exchange_obj) },
    { MP_ROM_QSTR(MP_QSTR_Pin), MP_ROM_PTR(&bridge_pin_type) },
    { MP_ROM_QSTR(MP_QSTR_SPI), MP_ROM_PTR(&bridge_spi_type) },
    { MP_ROM_QSTR(MP_QSTR_ticks_us), MP_ROM_PTR(&bridge_ticks_us_obj) },
    { MP_ROM_QSTR(MP_QSTR_ticks_diff), MP_ROM_PTR(&bridge_ticks_diff_obj) },
    { MP_ROM_QSTR(MP_QSTR_enter), MP_ROM_PTR(&bridge_enter_obj) },
    { MP_ROM_QSTR(MP_QSTR_leave), MP_ROM_PTR(&bridge_leave_obj) },
    { MP_ROM_QSTR(MP_QSTR_heap), MP_ROM_PTR(&bridge_heap_obj) },
    { MP_ROM_QSTR(MP_QSTR_counters), MP_ROM_PTR(&bridge_counters_obj) },
};
static MP_DEFINE_CONST_DICT(bridge_globals, bridge_globals_table);

const mp_obj_module_t bridge_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&bridge_globals,
};
MP_REGISTER_MODULE(MP_QSTR_bridge, bridge_module);
