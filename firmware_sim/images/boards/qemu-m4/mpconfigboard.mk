# Cortex-M4F (MPS2, application note 386): as in the nRF52840 and STM32L4.
QEMU_ARCH = arm
QEMU_MACHINE = mps2-an386

CFLAGS += -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard
CFLAGS += -DQEMU_SOC_MPS2 -DMICROPY_HW_MCU_NAME='"Cortex-M4F"'
LDSCRIPT = mcu/arm/mps2.ld
SRC_BOARD_O += shared/runtime/gchelper_native.o shared/runtime/gchelper_thumb2.o
MPY_CROSS_FLAGS += -march=armv7emsp

# at this level GCC lays constant bytes on whole words, where networks' tables need not be copied into the heap
$(BUILD)/frozen_content.o: CFLAGS += -O2
