"""Runs at every start of the emulated board, also of one that only gets a REPL."""

from bridged import board

board.start()
