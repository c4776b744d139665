"""The kernels of this machine: the C module's where the firmware was built with it, viper's otherwise.

Each is `kernel(params, arena, model, table, scratch)`: parameters of the step (array 'i'), activations (array 'b'), the
file with the weights, what was computed from it at loading (array 'i', or bytes), and working memory (array 'i').
Nothing is checked there: `load` has done so. Both give the same bytes.
"""

try:
    import vitalband_nn as _compiled
except ImportError:
    _compiled = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..network import Kernel

COMPILED = _compiled is not None
#: Which module of the package above has a kernel in viper.
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
    package = __name__.rpartition(".loading")[0]
    home = __import__(package + "." + _HOMES[name], None, None, (name,))
    return getattr(home, name)  # type: ignore[no-any-return]
