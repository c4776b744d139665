"""What can go wrong while images are built."""


class ImageError(Exception):
    """An image cannot be built; the text says why and what helps."""


class SourceError(ImageError):
    """MicroPython's source cannot be had."""


class BuildError(ImageError):
    """The compiler or a tool failed; the text ends with what it said."""
