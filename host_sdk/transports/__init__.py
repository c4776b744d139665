"""Links to a device, one file a kind."""
