"""YAML files that people write: read with the line of every value, and checked against a JSON schema."""
