"""Seeded, bounded attacks on all that reads what others made: networks, records, and frames in both directions.

`make fuzz`, or `python -m hil_tests.fuzz --help`.
"""
