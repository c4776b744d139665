"""What is frozen into an image of a helmet, whose board derives from the reference board."""

include("manifest.py", board="", role="helmet")
