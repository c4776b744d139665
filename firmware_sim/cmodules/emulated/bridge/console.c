// The console of the emulated core: a REPL that starts the firmware first and never stops the rest of the board, as a real
// one does not. Linked in by wrapping the port's own functions; only for the QEMU port.
#include "py/runtime.h"
#include "shared/runtime/interrupt_char.h"
#include "shared/runtime/pyexec.h"

#include "bridge.h"

#define DEPTH (256) // power of two
#define POLL_US (20000)

int uart_rx_chr(void);
int __real_pyexec_friendly_repl(void);
int __real_pyexec_raw_repl(void);

static uint8_t ring[DEPTH];
static unsigned put;
static unsigned taken;

// Takes in what was typed; Ctrl-C stops what runs, as on every port.
void console_poll(void) {
    int c;
    while (put - taken < DEPTH && (c = uart_rx_chr()) >= 0) {
        if (c == mp_interrupt_char) {
            mp_sched_keyboard_interrupt();
        } else {
            ring[put++ % DEPTH] = c;
        }
    }
}

// Lets the rest of the board go on; a handler that fails there is told, and the REPL goes on too.
static void idle(void) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        bridge_idle(POLL_US);
        nlr_pop();
    } else {
        mp_obj_print_exception(&mp_plat_print, MP_OBJ_FROM_PTR(nlr.ret_val));
    }
}

int __wrap_mp_hal_stdin_rx_chr(void) {
    for (;;) {
        console_poll();
        if (put != taken) {
            return ring[taken++ % DEPTH];
        }
        mp_handle_pending(false);
        if (bridge_is_open()) {
            idle();
        }
    }
}

// main() of the port knows only REPLs. The first one after each start, hard or soft, is preceded by the board's boot code,
// and a friendly one by its main code too; a raw one is a host's tool that wants the board for itself, as on every port.
static bool booted;

static int repl(bool friendly, int (*real)(void)) {
    if (!booted) {
        booted = true;
        bridge_forget();
        pyexec_frozen_module("_boot.py", false);
        if (friendly) {
            pyexec_frozen_module("_main.py", true);
        }
    }
    int reset = real();
    booted = !reset;
    return reset;
}

int __wrap_pyexec_friendly_repl(void) {
    return repl(true, __real_pyexec_friendly_repl);
}

int __wrap_pyexec_raw_repl(void) {
    return repl(false, __real_pyexec_raw_repl);
}
