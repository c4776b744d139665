"""The UART: what comes in is told apart, each language has its reader."""
