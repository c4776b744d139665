"""Networks as the device carries them; each `NAME_gen` is generated from its model's int8 file."""
