"""The pytest plugin and the device suite that runs on every target."""
