// The emulated board's wires to the simulator that holds its chips, radio, flash and clock.
//
// Two pipes carry messages, strictly one reply to one request, so the core stands still while the simulator answers:
// no instruction is executed and no virtual time passes on the core meanwhile. On the Cortex-M the pipes are files opened
// by semihosting, on MicroPython unix they are files; both lie in the directory that the process was started in.
//
// request: op u8, handle u8, length u16, argument i32, payload      reply: kind u8, 0, length u16, now u32, payload
// All numbers are little-endian; `now` is device time in us, modulo 2^30. Posted requests have no reply of their own.
#ifndef VITALBAND_BRIDGE_H
#define VITALBAND_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRIDGE_HEADER (8)
#define BRIDGE_LARGEST (4096)
#define BRIDGE_PINS (32)
#define BRIDGE_STAGES (64)
#define BRIDGE_STAGE_GC (63)

enum { REPLY_DONE = 0, REPLY_ERROR = 1, REPLY_INTERRUPT = 2, REPLY_EVENT = 3 };
// The requests that C code makes itself; the others are in guest/bridged/ops.py.
enum { OP_HELLO = 1, OP_EVENT_DONE = 2, OP_IDLE = 3, OP_SLEEP = 4, OP_PIN = 10, OP_PIN_LEVEL = 11, OP_SPI = 12 };
#define SPI_WRITES (0x100)

typedef struct {
    uint8_t kind;
    uint16_t length;
    uint8_t payload[BRIDGE_LARGEST];
} bridge_reply_t;

// wire.c: the pipes.
bool bridge_open(void);
bool bridge_is_open(void);
void bridge_put(uint8_t op, uint8_t handle, int32_t arg, const void *data, size_t length);
bridge_reply_t *bridge_get(void);
uint32_t bridge_now_us(void);

// profile.c: instructions executed by the core, without those of the bridge.
void profile_start(void);
void profile_pause(void);
void profile_resume(void);
uint64_t profile_total(void);
void profile_enter(unsigned stage);
void profile_leave(void);
void profile_reset(void);
void profile_read(uint64_t *instructions, uint32_t *calls);

// transfer.c: requests and their replies, whatever else is served meanwhile.
void bridge_check_open(void);
// Waiting requests carry what the core has executed.
void bridge_put_total(uint8_t op, int32_t arg);
bridge_reply_t *bridge_finish(void);
// OSError as the simulator says.
void bridge_raise(const bridge_reply_t *reply);
// Sends `out` (or NULL), receives into `into` (or NULL) and tells how much.
struct _mp_buffer_info_t;
size_t bridge_transfer_data(uint8_t op, uint8_t handle, int32_t arg, const struct _mp_buffer_info_t *out,
    const struct _mp_buffer_info_t *into);
// Waiting for console input must not stop the rest of the board.
void bridge_idle(int32_t us);
// A soft reset has emptied the heap: the handlers that were registered are gone.
void bridge_forget(void);

// console.c
void console_poll(void);

#endif
