"""Networks as the device carries them; each module is generated from its model's int8 file."""
