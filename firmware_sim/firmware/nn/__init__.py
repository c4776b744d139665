"""Int8 .tflite networks: `load(model)` gives a network that is written to, invoked and read.

On a microcontroller the interpreter of this package runs it; on CPython tflite's reference kernels do, behind the same
checks and the same interface. Both give the same bytes. Errors are those of `nn.errors`, which is imported where one is
raised: a board that runs what it ships needs none of its 2 kB.
"""

import gc
import sys

from .arena import Arena
from .network import Network

try:
    from vitalband_tflite import Engine
except ImportError:
    Engine = None  # type: ignore[assignment,misc]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .hosted import HostedNetwork
    from .network import Form

#: Bytes of garbage that loading leaves lying.
_GARBAGE = 4096

__all__ = ("Arena", "load")


def load(model: bytes, arena: "Arena | None" = None, form: "Form | None" = None) -> "Network | HostedNetwork":
    """A network from the bytes of a .tflite file, which it refers to as long as it lives.

    It works in `arena`, if one is given, else in one of its own; on CPython it leaves the arena's memory alone.
    `form` is what was made of this file when the firmware was built (see `Network`): it saves the microcontroller
    the work, and the memory for all that can lie in flash.
    Raises `ModelError` (see errors.py) for a file that cannot be run, before anything runs.
    """
    if Engine is None:
        return _interpreted(model, arena) if form is None else _prepared(model, form, arena)
    from .hosted import HostedNetwork
    from .loading.prepare import prepare

    net = prepare(model, arena)
    try:
        engine = Engine(model)
    except ValueError as error:
        from .errors import ModelError

        raise ModelError(str(error)) from None
    return HostedNetwork(net, engine)


def _prepared(model: bytes, form: "Form", arena: "Arena | None") -> Network:
    from uctypes import addressof  # type: ignore[import-not-found]

    from .prepared import readable

    return Network(model, readable(form, addressof), arena)


def _interpreted(model: bytes, arena: "Arena | None") -> Network:
    """The interpreter's network; what was imported to make it is dropped again, for it takes more than the network."""
    home = __name__ + ".loading"
    # collect often, or what stays comes to lie scattered among garbage and leaves no room for an arena in one piece
    usual = gc.threshold()  # type: ignore[attr-defined]
    gc.threshold(_GARBAGE)  # type: ignore[attr-defined]
    try:
        # one by one, what is needed first: imports within imports take more of the C stack than small boards have
        for name in (
            "schema",
            "exact",
            "flatbuffer",
            "verifier",
            "model",
            "program",
            "window",
            "ops_conv",
            "ops_plain",
        ):
            __import__(home + "." + name)
        net: Network = __import__(home + ".prepare", None, None, ("prepare",)).prepare(model, arena)
        return net
    finally:
        gc.threshold(usual)  # type: ignore[attr-defined]
        # and the pointers, which viper does not need once it is compiled
        for name in [name for name in sys.modules if name.startswith(home) or name == __name__ + ".pointers"]:
            del sys.modules[name]
        globals().pop("loading", None)
        globals().pop("pointers", None)
        gc.collect()
