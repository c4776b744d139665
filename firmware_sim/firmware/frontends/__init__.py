"""Constants of each front end, generated; firmware repeats them as literals that name their origin."""
