"""Preparing operators without weights."""

from array import array

from ..errors import UnsupportedError
from . import exact
from . import schema as s
from .curves import exponentials, logistic, requantised
from .program import SUMS, check_multiplier, probability, ratio, same_scale, set_clamp, table_row
from .window import Window, image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .model import Node, Tensor
    from .program import Program

#: Words of scratch that every kernel may use for itself.
_HEAD = 8


def prepare_add(program: "Program", node: "Node") -> int:
    """ADD of two tensors of one shape; no multiply-accumulates."""
    a = node.values(0)
    b = node.values(1)
    y = node.output
    node.fit(a.shape == b.shape == y.shape, "shapes %s, %s and %s" % (a.shape, b.shape, y.shape))
    larger = b.scale() if exact.less(a.scale(), b.scale()) else a.scale()
    twice = larger[0], larger[1] + 1
    params = [program.offset(a), program.offset(y), y.size, program.offset(b), a.zero_point + 128, b.zero_point + 128]
    for top, bottom in ((a.scale(), twice), (b.scale(), twice), (twice, (y.scale()[0], y.scale()[1] + 20))):
        fixed, shift = exact.multiplier(exact.quotient(top, bottom, exact.DOUBLE))
        if shift > 0:
            raise UnsupportedError("ADD with an output scale that small")
        params += [fixed, -shift]
    params += [0] * 7
    set_clamp(params, node, node.option(s.ADD_ACTIVATION, 1))
    program.step("add", params)
    return 0


def prepare_concatenation(program: "Program", node: "Node") -> int:
    """CONCATENATION of tensors of one scale; no multiply-accumulates."""
    y = node.output
    axis = node.option(s.CONCATENATION_AXIS)
    axis += len(y.shape) if axis < 0 else 0
    node.fit(0 <= axis < len(y.shape), "axis %d" % axis)
    if node.option(s.CONCATENATION_ACTIVATION, 1) != s.NONE:
        raise UnsupportedError("CONCATENATION with an activation")
    rows = 1
    for n in y.shape[:axis]:
        rows *= n
    out = program.offset(y)
    total = 0
    for i in range(len(node.inputs)):
        x = node.values(i)
        same_outer_shape = len(x.shape) == len(y.shape) and x.shape[:axis] == y.shape[:axis]
        node.fit(same_outer_shape and x.shape[axis + 1 :] == y.shape[axis + 1 :], "input %s" % (x.shape,))
        same_scale(node, x, y)
        n = x.size // rows
        program.step("copy", [program.offset(x), out + total, n, rows, n, y.size // rows])
        total += n
        node.fit(total * rows <= y.size, "more inputs than output")
    node.fit(total * rows == y.size, "less inputs than output")
    return 0


def prepare_shape(program: "Program", node: "Node") -> int:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: nothing to do where the output lies where its input lies."""
    x = node.values(0)
    y = node.output
    node.fit(x.size == y.size, "%s does not become %s" % (x.shape, y.shape))
    node.fit(_requested_shape(program, node, x) == y.shape, "output %s of input %s" % (y.shape, x.shape))
    if program.offset(x) != program.offset(y):
        program.step("copy", [program.offset(x), program.offset(y), x.size, 1, 0, 0])
    return 0


def _requested_shape(program: "Program", node: "Node", x: "Tensor") -> "tuple[int, ...]":
    """The shape that RESHAPE, SQUEEZE or EXPAND_DIMS asks for; all of it is known before anything runs."""
    if node.code == s.SQUEEZE:
        n = len(x.shape)
        axes = node.listed(s.SQUEEZE_AXES)
        node.fit(all([-n <= axis < n for axis in axes]), "axes %s" % (axes,))
        gone = [axis % n for axis in axes] or [i for i in range(n) if x.shape[i] == 1]
        return tuple([x.shape[i] for i in range(n) if i not in gone or x.shape[i] != 1])
    if node.code == s.EXPAND_DIMS:
        axes = program.numbers(node.constant(1, s.INT32))
        node.fit(len(axes) == 1 and -len(x.shape) - 2 < axes[0] <= len(x.shape), "axes %s" % (axes,))
        at = axes[0] % (len(x.shape) + 1)
        return tuple([n for part in (x.shape[:at], (1,), x.shape[at:]) for n in part])
    given = len(node.inputs) > 1 and node.inputs[1] is not None
    requested = program.numbers(node.constant(1, s.INT32)) if given else node.listed(s.RESHAPE_SHAPE)
    known = 1
    for n in requested:
        known *= -n if n == -1 else n
    node.fit(
        known > 0 and sum([n == -1 for n in requested]) < 2 and all([n > -2 for n in requested]),
        "shape %s" % (requested,),
    )
    return tuple([x.size // known if n == -1 else n for n in requested])


def prepare_quantize(program: "Program", node: "Node") -> int:
    """QUANTIZE from one int8 scale to another; no multiply-accumulates."""
    x = node.values(0)
    y = node.output
    node.fit(x.shape == y.shape, "shapes %s and %s" % (x.shape, y.shape))
    fixed, shift = ratio(x, y)
    check_multiplier(node, fixed, shift, 256)
    table = requantised(x.zero_point, y.zero_point, fixed, shift)
    program.step("lookup", [program.offset(x), program.offset(y), x.size], table)
    return 0


def prepare_logistic(program: "Program", node: "Node") -> int:
    """LOGISTIC; no multiply-accumulates."""
    x = node.values(0)
    y = node.output
    node.fit(x.shape == y.shape, "shapes %s and %s" % (x.shape, y.shape))
    probability(node)
    program.step("lookup", [program.offset(x), program.offset(y), x.size], logistic(x.scale(), x.zero_point))
    return 0


def prepare_softmax(program: "Program", node: "Node") -> int:
    """SOFTMAX over the last axis; no multiply-accumulates."""
    x = node.values(0)
    y = node.output
    node.fit(x.shape == y.shape and len(x.shape) > 0, "shapes %s and %s" % (x.shape, y.shape))
    probability(node)
    beta = exact.from_float32(node.options.bits(s.SOFTMAX_BETA) if node.options else 0)
    if beta is None:
        raise UnsupportedError("SOFTMAX with a beta that is not above zero")
    table = exponentials(exact.product(beta, x.scale(), exact.DOUBLE))
    if table is None:
        raise UnsupportedError("SOFTMAX with that scale")
    depth = x.shape[-1]
    # every exponential is at most 2**19 in the sum
    node.fit(depth < 1 << 11, "%d values a row" % depth)
    params = [program.offset(x), program.offset(y), depth, x.size // depth, len(table), 30]
    # first guess of Newton's method for 1 / (1 + a): 48/17 - 32/17 * half the denominator, in Q2.29
    params += [-1010580540, 1515870810]
    program.step("softmax", params, table, _HEAD)
    return 0


def prepare_pool(program: "Program", node: "Node") -> int:
    """AVERAGE_POOL_2D and MAX_POOL_2D; no multiply-accumulates."""
    x = image(node, node.values(0))
    y = image(node, node.output)
    node.fit(x.shape[3] == y.shape[3], "depths differ")
    same_scale(node, x, y)
    window = Window(node, (node.option(s.POOL_FILTER_H), node.option(s.POOL_FILTER_W)))
    params = window.params(program, x, y)
    set_clamp(params, node, node.option(s.POOL_ACTIVATION, 1))
    program.step("average_pool" if node.code == s.AVERAGE_POOL_2D else "max_pool", params[:19], b"", _HEAD)
    return 0


def prepare_mean(program: "Program", node: "Node") -> int:
    """MEAN over height and width; no multiply-accumulates."""
    x = image(node, node.values(0))
    y = node.output
    axes = program.numbers(node.constant(1, s.INT32))
    if sorted([axis % 4 for axis in axes]) != [1, 2] or min(axes) < -4 or max(axes) > 3:
        raise UnsupportedError("MEAN over axes %s" % (axes,))
    node.fit(y.size == x.shape[3] == y.shape[-1], "output %s" % (y.shape,))
    count = x.shape[1] * x.shape[2]
    fixed, shift = mean_multiplier(x, y, count)
    check_multiplier(node, fixed, shift, 256 * count)
    row = table_row(-x.zero_point * count, 0, fixed, shift)
    params = [program.offset(x), program.offset(y), x.shape[1], x.shape[2]] + [0] * 11 + [y.size, 0, 0, 0]
    set_clamp(params, node, s.NONE)
    table = array("i", row * y.size)
    program.step("mean", params, table, SUMS + y.size)
    return 0


def mean_multiplier(x: "Tensor", y: "Tensor", count: int) -> "tuple[int, int]":
    """(multiplier, shift) from a sum of `count` values to their mean.

    Source: Mean of TensorFlow Lite's reference_integer_ops.
    """
    fixed, shift = ratio(x, y)
    up = min(exact.bit_length(count) - 1, 32, 31 + shift)
    return (fixed << up) // count, shift - up


def prepare_pad(program: "Program", node: "Node") -> int:
    """PAD with the zero point; no multiply-accumulates."""
    x = image(node, node.values(0))
    y = image(node, node.output)
    pads = program.numbers(node.constant(1, s.INT32))
    node.fit(len(pads) == 8 and min(pads) >= 0, "paddings %s" % (pads,))
    for i in range(4):
        node.fit(y.shape[i] == x.shape[i] + pads[2 * i] + pads[2 * i + 1], "output %s" % (y.shape,))
    same_scale(node, x, y)
    program.step("fill", [0, program.offset(y), y.size, y.zero_point])
    height, width, depth = x.shape[1:]
    stride = y.shape[2] * y.shape[3]
    out = program.offset(y) + pads[2] * stride + pads[4] * y.shape[3] + pads[6]
    if y.shape[3] == depth:
        program.step("copy", [program.offset(x), out, width * depth, height, width * depth, stride])
        return 0
    for row in range(height):
        at = program.offset(x) + row * width * depth
        program.step("copy", [at, out + row * stride, depth, width, depth, y.shape[3]])
    return 0


def prepare_resize(program: "Program", node: "Node") -> int:
    """RESIZE_NEAREST_NEIGHBOR to multiples of the size; no multiply-accumulates."""
    x = image(node, node.values(0))
    y = image(node, node.output)
    size = program.numbers(node.constant(1, s.INT32))
    node.fit(y.shape[1:3] == size and x.shape[3] == y.shape[3], "output %s" % (y.shape,))
    same_scale(node, x, y)
    centers = node.option(s.RESIZE_HALF_PIXEL, 1)
    exactly = [centers or _repeats(x.shape[i], y.shape[i]) for i in (1, 2)]
    if node.option(s.RESIZE_ALIGN_CORNERS, 1) or y.shape[1] % x.shape[1] or y.shape[2] % x.shape[2] or not all(exactly):
        raise UnsupportedError("RESIZE_NEAREST_NEIGHBOR from %s to %s" % (x.shape, y.shape))
    # at multiples, pixel centers and corners choose the same input
    params = [program.offset(x), program.offset(y), x.shape[1], x.shape[2], x.shape[3], y.shape[1], y.shape[2]]
    program.step("resize", params)
    return 0


def _repeats(n: int, out: int) -> bool:
    """Whether the reference, which scales the index in single precision, repeats each of `n` inputs equally often."""
    scale = exact.quotient((n, 0), (out, 0), exact.SINGLE)
    for i in range(n):
        mantissa, exponent = exact.product((i * (out // n), 0), scale, exact.SINGLE)
        if mantissa < i << -exponent:
            return False
    return True
