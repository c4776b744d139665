"""What the firmware costs on a microcontroller: the whole device on recorded chip frames, on any target."""
