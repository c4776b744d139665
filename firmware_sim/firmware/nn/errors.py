"""What can be wrong with a model, raised by `load` before anything runs; and with who uses an arena."""


class ModelError(ValueError):
    """A model that cannot be run here."""


class CorruptModelError(ModelError):
    """Not a .tflite file, cut off, or contradicting itself."""


class UnsupportedError(ModelError):
    """A sound model that asks for an operator, option or type this interpreter does not have."""


class ShapeError(ModelError):
    """Tensors of an operator whose shapes, types or scales do not fit together."""


class ArenaBusyError(RuntimeError):
    """An arena is wanted while another works in it."""
