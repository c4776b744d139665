"""What the chips sense: synthetic wearers, replayed records, and faults on top of either."""
