"""Development tools: scorers that run the firmware's signal processing on public recordings."""
