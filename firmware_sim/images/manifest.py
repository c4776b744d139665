"""What is frozen into every image: the firmware as the package `firmware`, and the emulated board's modules."""

options.defaults(kernels_in_c=False, board="reference", role="band")
freeze("../targets/qemu/guest")
include("manifest_firmware.py", kernels_in_c=options.kernels_in_c, board=options.board, role=options.role)
