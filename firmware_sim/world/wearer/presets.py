"""Wearers with names."""

from __future__ import annotations

from .settings import Motion, WearerSettings

#: Every preset by name; `dataclasses.replace` changes single settings.
PRESETS: dict[str, WearerSettings] = {
    "resting": WearerSettings(),
    "af": WearerSettings(rhythm="af", heart_rate_bpm=88.0),
    "ectopy": WearerSettings(ventricular_per_min=6.0, supraventricular_per_min=4.0),
    "first_degree_block": WearerSettings(heart_rate_bpm=62.0, pr_ms=250.0),
    "pause": WearerSettings(heart_rate_bpm=55.0, pause_s=3.2, pause_every_s=15.0),
    "bradycardia": WearerSettings(heart_rate_bpm=42.0),
    "tachycardia": WearerSettings(heart_rate_bpm=130.0, pr_ms=130.0, p_ms=80.0, t_ms=140.0, qtc_ms=390.0),
    "long_qt": WearerSettings(heart_rate_bpm=64.0, qtc_ms=500.0),
    "short_qt": WearerSettings(heart_rate_bpm=64.0, qtc_ms=320.0, t_ms=150.0),
    "wide_qrs": WearerSettings(qrs_ms=140.0, s_mv=-0.6),
    "atrial_pacing": WearerSettings(heart_rate_bpm=70.0, paces="atrium"),
    "ventricular_pacing": WearerSettings(
        heart_rate_bpm=70.0, paces="ventricle", r_mv=1.5, t_mv=0.2, qrs_ms=100.0, qtc_ms=380.0
    ),
    "dual_pacing": WearerSettings(
        heart_rate_bpm=70.0, paces="both", r_mv=1.5, t_mv=0.2, qrs_ms=100.0, qtc_ms=380.0
    ),
    "hypoxia": WearerSettings(
        heart_rate_bpm=((0.0, 72.0), (40.0, 72.0), (100.0, 92.0), (150.0, 92.0), (200.0, 75.0)),
        spo2_percent=((0.0, 97.0), (30.0, 97.0), (90.0, 82.0), (150.0, 82.0), (190.0, 97.0)),
    ),
    "low_perfusion": WearerSettings(perfusion_percent=0.15),
    "pressed": WearerSettings(contact=((0.0, 1.0), (30.0, 1.0), (34.0, 1.8))),
    "noisy": WearerSettings(wander_mv=0.25, mains_mv=0.1, muscle_mv=0.08),
    "walking": WearerSettings(heart_rate_bpm=95.0, qtc_ms=390.0, motion=(Motion("walk", 5.0),)),
    "running": WearerSettings(
        heart_rate_bpm=150.0, pr_ms=120.0, p_ms=80.0, t_ms=130.0, qtc_ms=380.0, respiration_per_min=32.0,
        motion=(Motion("run", 5.0),),
    ),
    "fall": WearerSettings(heart_rate_bpm=80.0, motion=(Motion("walk", 2.0, 20.0), Motion("fall", 20.0))),
    "accident": WearerSettings(heart_rate_bpm=95.0, motion=(Motion("accident", 20.0),)),
}  # fmt: skip
