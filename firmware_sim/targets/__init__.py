"""Where the firmware runs."""
