"""What is wrong with the schema file."""


class SchemaError(Exception):
    """The schema file says what cannot be, or contradicts itself; the message names the place in one line."""
