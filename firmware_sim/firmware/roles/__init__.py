"""One file a role: what a device of that kind does with the sensors of its board."""
