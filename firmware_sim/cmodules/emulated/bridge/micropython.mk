BRIDGE_MOD_DIR := $(USERMOD_DIR)
SRC_USERMOD += $(addprefix $(BRIDGE_MOD_DIR)/, modbridge.c pins.c transfer.c wire.c profile.c)
CFLAGS_USERMOD += -I$(BRIDGE_MOD_DIR)

ifeq ($(QEMU_ARCH),arm)
SRC_USERMOD += $(addprefix $(BRIDGE_MOD_DIR)/, console.c startup.c)
LDFLAGS_USERMOD += -Wl,--wrap=mp_hal_stdin_rx_chr -Wl,--wrap=pyexec_friendly_repl -Wl,--wrap=pyexec_raw_repl -Wl,--wrap=uart_init -Wl,--wrap=gc_init -Wl,--wrap=gc_collect
LDFLAGS_USERMOD += -Wl,-T,$(BRIDGE_MOD_DIR)/unwinding.ld
endif
