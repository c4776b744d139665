"""Motion: falls."""
