"""Loops over samples and bytes, for all the firmware: C where the board was built with it, else viper.

`vitalband_dsp` is the optional C module (firmware_sim/cmodules/kernels/dsp): the same functions with the same results.
"""

# ruff: noqa: F403
try:
    from vitalband_dsp import *
except ImportError:
    from .atrial_viper import *
    from .beat_viper import *
    from .breath_viper import *
    from .bytes_viper import *
    from .compression_viper import *
    from .cycle_viper import *
    from .delineation_viper import *
    from .ecg_viper import *
    from .integer_viper import *
    from .mains_viper import *
    from .motion_viper import *
    from .pacing_viper import *
    from .period_viper import *
    from .ppg_viper import *
    from .pulse_motion_viper import *
    from .qrs_evidence_viper import *
    from .quality_viper import *
    from .rate_viper import *
    from .spectrum_viper import *
    from .upstroke_viper import *
