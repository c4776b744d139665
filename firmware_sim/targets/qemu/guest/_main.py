"""Runs after `_boot` where the board is to do more than give a REPL."""

from bridged import board

board.start()
board.run()
