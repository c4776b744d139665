"""MCUboot as the simulated device has it: images of its format in two slots of the NOR flash, tested or reverted."""
