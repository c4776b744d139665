"""What is frozen into every image: the firmware as the package `firmware`, and the emulated board's modules."""

freeze("../targets/qemu/guest")
include("manifest_firmware.py")
