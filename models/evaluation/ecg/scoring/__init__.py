"""Compares what a method said of a lead with what is known of it: pure functions on plain data."""
