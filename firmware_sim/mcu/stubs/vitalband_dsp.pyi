# The optional C module has the same functions as the viper kernels.
from firmware_sim.firmware.kernels.atrial_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.beat_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.bytes_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.compression_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.cycle_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.delineation_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.ecg_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.integer_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.motion_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.pacing_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.period_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.ppg_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.qrs_evidence_viper import *  # noqa: F403
from firmware_sim.firmware.kernels.quality_viper import *  # noqa: F403
