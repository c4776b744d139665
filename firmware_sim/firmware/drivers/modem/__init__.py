"""A cellular modem on a UART, driven by AT commands (3GPP TS 27.007, 27.005; SIM7600 and SIM800)."""
