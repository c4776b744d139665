"""One file a board: how the chips are wired, and what the firmware gets of the port."""
