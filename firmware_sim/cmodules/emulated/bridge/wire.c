// The two pipes of the bridge, and nothing of what is said over them.
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

#if defined(__arm__)
#define SYS_OPEN (0x01)
#define SYS_WRITE (0x05)
#define SYS_READ (0x06)
#define OPEN_READ (1)
#define OPEN_WRITE (5)

static int semihost(int op, void *args) {
    register int r0 __asm__ ("r0") = op;
    register void *r1 __asm__ ("r1") = args;
    __asm volatile ("bkpt 0xab" : "+r" (r0) : "r" (r1) : "memory");
    return r0;
}

static int file_open(const char *name, bool write) {
    uintptr_t args[3] = {(uintptr_t)name, write ? OPEN_WRITE : OPEN_READ, strlen(name)};
    return semihost(SYS_OPEN, args);
}

static size_t file_write(int fd, const void *data, size_t length) {
    uintptr_t args[3] = {fd, (uintptr_t)data, length};
    return length - semihost(SYS_WRITE, args);
}

static size_t file_read(int fd, void *data, size_t length) {
    uintptr_t args[3] = {fd, (uintptr_t)data, length};
    return length - semihost(SYS_READ, args);
}
#else
#include <fcntl.h>
#include <unistd.h>

static int file_open(const char *name, bool write) {
    return open(name, write ? O_WRONLY : O_RDONLY);
}

static size_t file_write(int fd, const void *data, size_t length) {
    ssize_t n = write(fd, data, length);
    return n < 0 ? 0 : n;
}

static size_t file_read(int fd, void *data, size_t length) {
    ssize_t n = read(fd, data, length);
    return n < 0 ? 0 : n;
}
#endif

#define LOST (3) // exit status: the simulator is gone, so nobody wants this core any more

static int to_host = -1;
static int to_guest = -1;
static uint32_t now_us;
static uint8_t pending[BRIDGE_LARGEST];
static size_t queued;
static bridge_reply_t reply;
static uint8_t raw[BRIDGE_HEADER + BRIDGE_LARGEST];

bool bridge_is_open(void) {
    return to_guest >= 0;
}

bool bridge_open(void) {
    if (!bridge_is_open()) {
        to_host = file_open("to_host", true);
        to_guest = to_host < 0 ? -1 : file_open("to_guest", false);
    }
    return bridge_is_open();
}

uint32_t bridge_now_us(void) {
    return now_us;
}

static void write_all(const uint8_t *data, size_t length) {
    while (length) {
        size_t n = file_write(to_host, data, length);
        if (n == 0 || n > length) {
            exit(LOST);
        }
        data += n;
        length -= n;
    }
}

static void flush(void) {
    write_all(pending, queued);
    queued = 0;
}

void bridge_put(uint8_t op, uint8_t handle, int32_t arg, const void *data, size_t length) {
    if (queued + BRIDGE_HEADER + length > sizeof(pending)) {
        flush();
    }
    uint8_t head[BRIDGE_HEADER] = {op, handle, length, length >> 8, arg, arg >> 8, arg >> 16, arg >> 24};
    if (BRIDGE_HEADER + length > sizeof(pending)) {
        write_all(head, BRIDGE_HEADER);
        write_all(data, length);
        return;
    }
    memcpy(pending + queued, head, BRIDGE_HEADER);
    if (length) {
        memcpy(pending + queued + BRIDGE_HEADER, data, length);
    }
    queued += BRIDGE_HEADER + length;
}

bridge_reply_t *bridge_get(void) {
    profile_pause();
    flush();
    size_t have = 0;
    size_t need = BRIDGE_HEADER;
    while (have < need) {
        size_t n = file_read(to_guest, raw + have, sizeof(raw) - have);
        if (n == 0 || n > sizeof(raw) - have) {
            exit(LOST);
        }
        have += n;
        if (have >= BRIDGE_HEADER) {
            reply.length = raw[2] | raw[3] << 8;
            need = BRIDGE_HEADER + reply.length;
            if (need > sizeof(raw)) {
                exit(LOST);
            }
        }
    }
    reply.kind = raw[0];
    now_us = raw[4] | raw[5] << 8 | raw[6] << 16 | (uint32_t)raw[7] << 24;
    memcpy(reply.payload, raw + BRIDGE_HEADER, reply.length);
    profile_resume();
    return &reply;
}
