"""The firmware's cost on an emulated Cortex-M, and what it means for named microcontrollers."""
