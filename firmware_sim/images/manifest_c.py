"""What is frozen into an image with the kernels in C: all of every image but viper's kernels."""

include("manifest.py", kernels_in_c=True)
