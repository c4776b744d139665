# make ... USER_C_MODULES=<the folder above this one>
VITALBAND_NN_DIR := $(USERMOD_DIR)
SRC_USERMOD_C += $(VITALBAND_NN_DIR)/module.c $(VITALBAND_NN_DIR)/conv.c $(VITALBAND_NN_DIR)/plain.c \
	$(VITALBAND_NN_DIR)/pool.c $(VITALBAND_NN_DIR)/softmax.c
CFLAGS_USERMOD += -I$(VITALBAND_NN_DIR)
