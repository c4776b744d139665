"""What is flashed: MicroPython only."""
