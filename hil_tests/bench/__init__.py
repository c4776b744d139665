"""Benchmarks: what the whole costs on this computer (`host`) and on a microcontroller (`mcu`)."""
