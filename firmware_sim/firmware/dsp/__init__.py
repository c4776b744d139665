"""Streaming integer signal processing: blocks in, results out."""
