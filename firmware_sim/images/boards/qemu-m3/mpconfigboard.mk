# Cortex-M3 (MPS2, application note 385): the slowest core the firmware is meant for.
QEMU_ARCH = arm
QEMU_MACHINE = mps2-an385

CFLAGS += -mthumb -mcpu=cortex-m3 -mfloat-abi=soft
CFLAGS += -DQEMU_SOC_MPS2 -DMICROPY_HW_MCU_NAME='"Cortex-M3"'
LDSCRIPT = mcu/arm/mps2.ld
# The firmware has some 1500 names, which share a cache of where an attribute lies. With the 128 entries of the port, of
# which names use half, each new name anywhere moves the instructions of a stage by up to 9 %.
CFLAGS += -DMICROPY_OPT_MAP_LOOKUP_CACHE_SIZE=4096
SRC_BOARD_O += shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb2.o
MPY_CROSS_FLAGS += -march=armv7m

# at this level GCC lays constant bytes on whole words, where networks' tables need not be copied into the heap
$(BUILD)/frozen_content.o: CFLAGS += -O2
