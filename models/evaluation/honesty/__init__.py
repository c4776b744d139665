"""Honesty: generated records whose truth is known by construction, and what the device claims of them.

`ecg`, `ppg` and `imu` make signals, `kinds` has the situations by sensor, `expectations` says what is right.
"""
