"""Int8 .tflite networks: `load(model)` gives a network that is written to, invoked and read.

On a microcontroller the interpreter of this package runs it; on CPython tflite's reference kernels do, behind the same
checks and the same interface. Both give the same bytes.
"""

from .errors import CorruptModelError, ModelError, ShapeError, UnsupportedError
from .network import Network

try:
    from vitalband_tflite import Engine
except ImportError:
    Engine = None  # type: ignore[assignment,misc]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .hosted import HostedNetwork

__all__ = ("CorruptModelError", "ModelError", "ShapeError", "UnsupportedError", "load")


def load(model: bytes) -> "Network | HostedNetwork":
    """A network from the bytes of a .tflite file, which it refers to as long as it lives.

    Raises `ModelError` (see errors.py) for a file that cannot be run, before anything runs.
    """
    net = Network(model)
    if Engine is None:
        return net
    from .hosted import HostedNetwork

    try:
        engine = Engine(model)
    except ValueError as error:
        raise ModelError(str(error)) from None
    return HostedNetwork(net, engine)
