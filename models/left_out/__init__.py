"""The whole device on people that its networks never saw: `python -m models.left_out`."""
