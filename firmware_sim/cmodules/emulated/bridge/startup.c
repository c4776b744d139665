// What the QEMU port's start-up leaves out: switching the FPU on, a heap whose size is chosen at start, and that its
// collections are counted.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

#define CPACR (*(volatile uint32_t *)0xe000ed88)
#define FPU_FULL_ACCESS (0xfu << 20)
#define SYS_GET_CMDLINE (0x15)

void __real_uart_init(void);
void __real_gc_collect(void);
void __real_gc_init(void *start, void *end);

// The first call of the start-up code, before any float instruction.
void __wrap_uart_init(void) {
    #if defined(__ARM_FP)
    CPACR |= FPU_FULL_ACCESS;
    __asm volatile ("dsb\n isb" ::: "memory");
    #endif
    __real_uart_init();
}

static uint32_t number(const char *text) {
    uint32_t value = 0;
    while (*text >= '0' && *text <= '9') {
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

// The emulator's command line is "vitalband HEAP_BYTES"; without it the heap is all there is.
static uint32_t wanted_heap(void) {
    static char line[64];
    uintptr_t args[2] = {(uintptr_t)line, sizeof(line) - 1};
    register int r0 __asm__ ("r0") = SYS_GET_CMDLINE;
    register void *r1 __asm__ ("r1") = args;
    __asm volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
    const char *space = r0 == 0 ? strchr(line, ' ') : NULL;
    return space == NULL ? 0 : number(space + 1);
}

void __wrap_gc_init(void *start, void *end) {
    uint32_t wanted = wanted_heap();
    if (wanted > 0 && wanted < (uint32_t)((char *)end - (char *)start)) {
        end = (char *)start + wanted;
    }
    __real_gc_init(start, end);
}

// A collection is a stage of its own, whatever stage asked for the memory.
void __wrap_gc_collect(void) {
    profile_enter(BRIDGE_STAGE_GC);
    __real_gc_collect();
    profile_leave();
}

// littlefs would note when a file was changed: ours have no time, for the calendar is the simulator's.
uint64_t mp_hal_time_ns(void) {
    return 0;
}
