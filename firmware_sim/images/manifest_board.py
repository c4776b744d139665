"""What a build for a real board freezes: the firmware as the package `firmware`, and nothing else."""

include("manifest_firmware.py")
