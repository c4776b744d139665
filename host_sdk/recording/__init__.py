"""Recordings on disk that other tools open: WFDB, EDF+ and CSV."""
