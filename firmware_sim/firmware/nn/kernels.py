"""The kernels of this machine: the C module's where the firmware was built with it, viper's otherwise.

Each is `kernel(params, arena, model, table, scratch)`: parameters of the step and what was computed from the file when
the network was prepared (arrays 'i', or bytes), activations (array 'b'), the file with the weights, and working memory
(array 'i'). Nothing is checked there: `load` has done so. Both give the same bytes.
"""

try:
    import vitalband_nn as _compiled
except ImportError:
    _compiled = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    Kernel = Callable[..., object]

COMPILED = _compiled is not None
#: Which module of this package has a kernel in viper.
_HOMES = {
    "add": "kernels_plain",
    "average_pool": "kernels_pool",
    "conv": "kernels_conv",
    "copy": "kernels_plain",
    "depthwise": "kernels_depthwise",
    "fill": "kernels_plain",
    "lookup": "kernels_plain",
    "max_pool": "kernels_pool",
    "mean": "kernels_pool",
    "resize": "kernels_pool",
    "softmax": "kernels_softmax",
}


def find(name: str) -> "Kernel":
    """The kernel of that name; its module is imported only now, so that only what networks use takes memory."""
    if COMPILED:
        return getattr(_compiled, name)  # type: ignore[no-any-return]
    package = __name__.rpartition(".")[0]
    home = __import__(package + "." + _HOMES[name], None, None, (name,))
    return getattr(home, name)  # type: ignore[no-any-return]
