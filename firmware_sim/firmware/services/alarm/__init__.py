"""What an alarm says, and to whom: short messages and the minimum set of data."""
