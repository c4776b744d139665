// Requests and what is served while they wait for their replies: interrupts of pins, events of the radio.
#include <string.h>

#include "py/gc.h"
#include "py/mperrno.h"
#include "py/runtime.h"

#include "bridge.h"

MP_REGISTER_ROOT_POINTER(mp_obj_t bridge_handler);
// BRIDGE_PINS of them: the build collects this line and sees no macros in it.
MP_REGISTER_ROOT_POINTER(mp_obj_t bridge_pin_handlers[32]);

void bridge_check_open(void) {
    if (!bridge_is_open()) {
        mp_raise_OSError(MP_ENODEV);
    }
}

void bridge_put_total(uint8_t op, int32_t arg) {
    uint64_t total = profile_total();
    bridge_put(op, 0, arg, &total, sizeof(total));
}

// A hard interrupt: the heap is locked, so that a handler that allocates fails here as it does on a chip.
static void interrupt_pin(unsigned number) {
    mp_obj_t entry = number < BRIDGE_PINS ? MP_STATE_VM(bridge_pin_handlers)[number] : MP_OBJ_NULL;
    if (entry == MP_OBJ_NULL) {
        return;
    }
    mp_obj_t *pair;
    mp_obj_get_array_fixed_n(entry, 2, &pair);
    nlr_buf_t nlr;
    gc_lock();
    if (nlr_push(&nlr) == 0) {
        mp_call_function_1(pair[0], pair[1]);
        nlr_pop();
        gc_unlock();
    } else {
        gc_unlock();
        nlr_raise(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
}

// Has an interrupt or an event served, and tells the simulator what the event's handler answered.
static void dispatch(bridge_reply_t *reply) {
    mp_buffer_info_t data = {0};
    if (reply->kind == REPLY_INTERRUPT) {
        interrupt_pin(reply->payload[0]);
    } else if (MP_STATE_VM(bridge_handler) != MP_OBJ_NULL) {
        mp_obj_t answer = mp_call_function_1(MP_STATE_VM(bridge_handler), mp_obj_new_bytes(reply->payload, reply->length));
        if (answer != mp_const_none) {
            mp_get_buffer_raise(answer, &data, MP_BUFFER_READ);
        }
    }
    bridge_put(OP_EVENT_DONE, 0, 0, data.buf, data.len);
}

bridge_reply_t *bridge_finish(void) {
    for (;;) {
        bridge_reply_t *reply = bridge_get();
        if (reply->kind != REPLY_INTERRUPT && reply->kind != REPLY_EVENT) {
            return reply;
        }
        dispatch(reply);
    }
}

void bridge_forget(void) {
    MP_STATE_VM(bridge_handler) = MP_OBJ_NULL;
    for (unsigned i = 0; i < BRIDGE_PINS; ++i) {
        MP_STATE_VM(bridge_pin_handlers)[i] = MP_OBJ_NULL;
    }
}

void bridge_idle(int32_t us) {
    bridge_put_total(OP_IDLE, us);
    bridge_finish();
}

void bridge_raise(const bridge_reply_t *reply) {
    mp_raise_OSError(reply->length ? reply->payload[0] : MP_EIO);
}

size_t bridge_transfer_data(uint8_t op, uint8_t handle, int32_t arg, const mp_buffer_info_t *out,
    const mp_buffer_info_t *into) {
    bridge_check_open();
    size_t room = into == NULL ? 0 : into->len;
    size_t length = out == NULL ? 0 : out->len;
    const void *data = out == NULL ? NULL : out->buf;
    if (length > BRIDGE_LARGEST - BRIDGE_HEADER || room > BRIDGE_LARGEST) {
        mp_raise_OSError(MP_EINVAL);
    }
    // what only reads says how much it wants
    uint8_t wanted[2] = {room, room >> 8};
    if (length == 0 && into != NULL && into->buf != NULL) {
        data = wanted;
        length = sizeof(wanted);
    }
    bridge_put(op, handle, arg, data, length);
    bridge_reply_t *reply = bridge_finish();
    if (reply->kind == REPLY_ERROR) {
        bridge_raise(reply);
    }
    size_t count = reply->length < room ? reply->length : room;
    if (count) {
        memcpy(into->buf, reply->payload, count);
    }
    return count;
}
