"""What the chips sense: synthetic wearers and replayed records."""
