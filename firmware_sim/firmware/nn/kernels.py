"""The kernels of this machine: the C module's where the firmware was built with it, viper's otherwise.

Each is `kernel(params, arena, model, table, scratch)`: parameters of the step (array 'i'), activations (array 'b'), the
file with the weights, what was computed from it at loading (array 'i', or bytes), and working memory (array 'i').
Nothing is checked there: `load` has done so. Both give the same bytes.
"""

try:
    from vitalband_nn import add, average_pool, conv, copy, depthwise, fill, lookup, max_pool, mean, resize, softmax

    COMPILED = True
except ImportError:
    from .kernels_conv import conv
    from .kernels_depthwise import depthwise
    from .kernels_plain import add, copy, fill, lookup
    from .kernels_pool import average_pool, max_pool, mean, resize
    from .kernels_softmax import softmax

    COMPILED = False

__all__ = (
    "COMPILED",
    "add",
    "average_pool",
    "conv",
    "copy",
    "depthwise",
    "fill",
    "lookup",
    "max_pool",
    "mean",
    "resize",
    "softmax",
)
