// Counts instructions by stage: 0 is whatever has none, the last is the collector. Under QEMU's -icount shift=0 an instruction takes 1 ns of virtual time, which the CMSDK
// timer counts at 25 MHz: one tick is 40 instructions. MicroPython unix has no such counter; it counts calls only.
#include "bridge.h"

#if defined(__arm__)
#define TIMER ((volatile uint32_t *)0x40000000)
#define TIMER_CTRL (0)
#define TIMER_VALUE (1)
#define TIMER_RELOAD (2)
#define INSTRUCTIONS_PER_TICK (40)

static uint32_t ticks(void) {
    return ~TIMER[TIMER_VALUE];
}

static void start_ticks(void) {
    TIMER[TIMER_RELOAD] = 0xffffffff;
    TIMER[TIMER_VALUE] = 0xffffffff;
    TIMER[TIMER_CTRL] = 1;
}
#else
#define INSTRUCTIONS_PER_TICK (0)
#define ticks() (0)
#define start_ticks()
#endif

#define DEPTH (16)

static uint64_t spent[BRIDGE_STAGES];
static uint32_t calls[BRIDGE_STAGES];
static uint8_t stack[DEPTH];
static unsigned depth;
static uint64_t total;
static uint32_t last;
static bool paused;

// Gives the ticks since the last look to the stage that is running.
static void settle(void) {
    uint32_t now = ticks();
    if (!paused) {
        uint32_t passed = now - last;
        total += passed;
        spent[depth <= DEPTH && depth ? stack[depth - 1] : 0] += passed;
    }
    last = now;
}

void profile_start(void) {
    start_ticks();
    last = ticks();
}

void profile_pause(void) {
    settle();
    paused = true;
}

void profile_resume(void) {
    settle();
    paused = false;
}

uint64_t profile_total(void) {
    settle();
    return total * INSTRUCTIONS_PER_TICK;
}

void profile_enter(unsigned stage) {
    settle();
    if (depth < DEPTH) {
        stack[depth] = stage < BRIDGE_STAGES ? stage : 0;
        ++calls[stack[depth]];
    }
    ++depth;
}

void profile_leave(void) {
    settle();
    if (depth) {
        --depth;
    }
}

void profile_reset(void) {
    settle();
    for (unsigned i = 0; i < BRIDGE_STAGES; ++i) {
        spent[i] = 0;
        calls[i] = 0;
    }
}

void profile_read(uint64_t *instructions, uint32_t *counts) {
    settle();
    for (unsigned i = 0; i < BRIDGE_STAGES; ++i) {
        instructions[i] = spent[i] * INSTRUCTIONS_PER_TICK;
        counts[i] = calls[i];
    }
}
