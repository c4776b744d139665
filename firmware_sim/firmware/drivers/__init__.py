"""One file a chip, over bus and pin objects."""
