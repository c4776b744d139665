VITALBAND_DSP_DIR := $(USERMOD_DIR)

SRC_USERMOD_C += $(addprefix $(VITALBAND_DSP_DIR)/, module.c integer.c bytes.c ecg.c mains.c qrs_evidence.c atrial.c beat.c quality.c compression.c cycle.c delineation.c pacing.c period.c ppg.c upstroke.c motion.c pulse_motion.c breath.c)
# sums wrap as they do under viper; the loops are worth their room
CFLAGS_USERMOD += -I$(VITALBAND_DSP_DIR) -fwrapv
