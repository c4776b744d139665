"""Preparing operators with weights: shapes checked, multipliers and what biases absorb computed."""

from array import array

from ..errors import UnsupportedError
from . import exact
from . import schema as s
from .program import SUMS, check_multiplier, set_clamp, table_row
from .window import LENGTH, Window, image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .exact import Real
    from .model import Node, Tensor
    from .program import Program

#: Pairs of positions that viper's kernels work on at a time, and the words they may take.
_MOST_PAIRS = 16
_MOST_WORDS = 512
#: Most taps of a depthwise window and most inputs of a channel: keeps working memory small and sums exact.
_MOST_TAPS = 1 << 14


class Weights:
    """Weights, bias and multipliers of a node; `axis` is where the weights' output channels are."""

    def __init__(self, node: "Node", x: "Tensor", weights: int, bias: int, axis: int) -> None:
        self.node = node
        self.x = x
        self.tensor = node.constant(weights, s.INT8)
        self.depth = self.tensor.shape[axis] if len(self.tensor.shape) > axis else 0
        given = bias < len(node.inputs) and node.inputs[bias] is not None
        self.bias = node.constant(bias, s.INT32) if given else None
        node.fit(self.bias is None or self.bias.size == self.depth, "bias and weights differ")
        node.fit(self.tensor.channels in (1, self.depth), "weights have %d scales" % self.tensor.channels)
        node.fit(self.tensor.channels == 1 or self.tensor.axis == axis, "scales of the weights lie along another axis")
        if not self.tensor.symmetric:
            raise UnsupportedError("%s with a zero point of the weights" % node.name)

    def real(self, channel: int) -> "Real":
        """Factor from accumulator to output: scales of input and weights over the output's, in doubles."""
        weights = self.tensor.scale(channel if self.tensor.channels > 1 else 0)
        product = exact.product(self.x.scale(), weights, exact.DOUBLE)
        return exact.quotient(product, self.node.output.scale(), exact.DOUBLE)

    def row(self, data: bytes, channel: int, taps: "list[range]") -> "tuple[int, int, int]":
        """A channel's row of the table (see `table_row`).

        `taps` are the offsets of its weights in the file. The input's zero point is taken off here, once.
        """
        total = 0
        size = 0
        for run in taps:
            for at in run:
                weight = (data[at] ^ 128) - 128
                total += weight
                size += abs(weight)
        bias = 0
        if self.bias is not None:
            at = self.bias.at + 4 * channel
            bias = (data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24) ^ 0x80000000
            bias -= 0x80000000
        zero = self.x.zero_point
        fixed, shift = exact.multiplier(self.real(channel))
        check_multiplier(self.node, fixed, shift, abs(bias) + size * (128 + abs(zero)))
        bias -= zero * total
        return table_row(bias, total, fixed, shift)

    def scratch(self, params: "list[int]", inputs: int) -> int:
        """Place the packed inputs behind the accumulators; words needed."""
        if inputs > _MOST_TAPS:
            raise UnsupportedError("%s with %d inputs a channel" % (self.node.name, inputs))
        pair = inputs + 2 + 2 * self.depth
        pairs = max(1, min(_MOST_PAIRS, (params[14] + 1) // 2, _MOST_WORDS // pair))
        params[23] = SUMS + 2 * self.depth * pairs
        params[31] = pairs
        return SUMS + pair * pairs


def prepare_conv(program: "Program", node: "Node") -> int:
    """CONV_2D; multiply-accumulates."""
    x = image(node, node.values(0))
    y = image(node, node.output)
    weights = Weights(node, x, 1, 2, 0)
    shape = weights.tensor.shape
    node.fit(len(shape) == 4 and shape[3] == x.shape[3] and shape[0] == y.shape[3], "weights %s" % (shape,))
    dilation = (node.option(s.CONV_DILATION_H, 4, 1), node.option(s.CONV_DILATION_W, 4, 1))
    params = Window(node, (shape[1], shape[2]), dilation).params(program, x, y)
    set_clamp(params, node, node.option(s.CONV_ACTIVATION, 1))
    contiguous(program, weights, params)
    return y.size * shape[1] * shape[2] * shape[3]


def contiguous(program: "Program", weights: Weights, params: "list[int]") -> None:
    """Append a convolution whose channels have their weights in one piece each."""
    n = weights.tensor.size // weights.depth
    at = weights.tensor.at
    params[24:31] = [at, n, 1, 0, 1, 0, n]
    table = array("i")
    for channel in range(weights.depth):
        table.extend(array("i", weights.row(program.data, channel, [range(at + channel * n, at + channel * n + n)])))
    program.step("conv", params, table, weights.scratch(params, n))


def prepare_depthwise(program: "Program", node: "Node") -> int:
    """DEPTHWISE_CONV_2D; multiply-accumulates."""
    x = image(node, node.values(0))
    y = image(node, node.output)
    weights = Weights(node, x, 1, 2, 3)
    shape = weights.tensor.shape
    node.fit(len(shape) == 4 and shape[0] == 1 and shape[3] == y.shape[3], "weights %s" % (shape,))
    node.fit(node.option(s.DEPTHWISE_MULTIPLIER) * x.shape[3] == y.shape[3], "multiplier of the depth")
    dilation = (node.option(s.DEPTHWISE_DILATION_H, 4, 1), node.option(s.DEPTHWISE_DILATION_W, 4, 1))
    params = Window(node, (shape[1], shape[2]), dilation).params(program, x, y)
    set_clamp(params, node, node.option(s.DEPTHWISE_ACTIVATION, 1))
    taps = shape[1] * shape[2]
    at = weights.tensor.at
    params[24] = at
    table = array("i")
    for channel in range(shape[3]):
        run = range(at + channel, at + taps * shape[3], shape[3])
        table.extend(array("i", weights.row(program.data, channel, [run])))
    program.step("depthwise", params, table, weights.scratch(params, taps * x.shape[3]))
    return y.size * taps


class DenseWeights(Weights):
    """Weights of FULLY_CONNECTED, whose reference multiplies the two scales in single precision where there is one."""

    def real(self, channel: int) -> "Real":
        """Factor from accumulator to output."""
        if self.tensor.channels > 1:
            return Weights.real(self, channel)
        product = exact.product(self.x.scale(), self.tensor.scale(), exact.SINGLE)
        return exact.quotient(product, self.node.output.scale(), exact.DOUBLE)


def prepare_dense(program: "Program", node: "Node") -> int:
    """FULLY_CONNECTED, as a convolution over rows of inputs; multiply-accumulates."""
    x = node.values(0)
    y = node.output
    weights = DenseWeights(node, x, 1, 2, 0)
    shape = weights.tensor.shape
    node.fit(len(shape) == 2 and x.size % shape[1] == 0, "weights %s of input %s" % (shape, x.shape))
    node.fit(y.size == x.size // shape[1] * shape[0] and y.shape[-1:] == shape[:1], "output %s" % (y.shape,))
    if node.option(s.DENSE_FORMAT, 1):
        raise UnsupportedError("FULLY_CONNECTED with shuffled weights")
    rows = x.size // shape[1]
    out = program.offset(y)
    params = [program.offset(x), out, 1, rows, shape[1], 1, 1, 1, 1, 0, 0, 1, 1, rows, rows, shape[0]]
    params += [0, 0, 0, x.zero_point + 128, out, 0, shape[0]]
    params += [0] * (LENGTH - len(params))
    set_clamp(params, node, node.option(s.DENSE_ACTIVATION, 1))
    contiguous(program, weights, params)
    return y.size * shape[1]


def prepare_transpose_conv(program: "Program", node: "Node") -> int:
    """TRANSPOSE_CONV as one convolution per phase of the output grid; multiply-accumulates."""
    requested = program.numbers(node.constant(0, s.INT32))
    x = image(node, node.values(2))
    y = image(node, node.output)
    node.fit(requested == y.shape, "output %s where %s is requested" % (y.shape, requested))
    weights = Weights(node, x, 1, 3, 0)
    shape = weights.tensor.shape
    node.fit(len(shape) == 4 and shape[3] == x.shape[3] and shape[0] == y.shape[3], "weights %s" % (shape,))
    window = Window(node, (shape[1], shape[2]))
    # the window slides over the output; it must give as many positions as there are inputs
    rows, top = window.reach(0, y.shape[1])
    columns, left = window.reach(1, y.shape[2])
    node.fit(x.shape[1:3] == (rows, columns), "output %s of input %s" % (y.shape, x.shape))
    activation = node.option(s.TRANSPOSE_CONV_ACTIVATION, 1)
    for row in range(min(window.strides[0], y.shape[1])):
        for column in range(min(window.strides[1], y.shape[2])):
            phase = Phase(window, y, row, -top, 0), Phase(window, y, column, -left, 1)
            _add_phase(program, weights, phase, activation)
    return x.size * shape[0] * shape[1] * shape[2]


class Phase:
    """Along one axis: the outputs at `first`, `first` + stride, and so on, which see the same taps."""

    def __init__(self, window: Window, y: "Tensor", first: int, pad: int, axis: int) -> None:
        self.stride = window.strides[axis]
        self.first = first
        self.positions = -((first - y.shape[1 + axis]) // self.stride)
        self.tap = (first + pad) % self.stride
        self.taps = max(0, -((self.tap - window.taps[axis]) // self.stride))
        #: Input index under tap `tap` of the first output; the next taps lie one input further back each.
        self.origin = (first + pad) // self.stride


def _add_phase(program: "Program", weights: Weights, phase: "tuple[Phase, Phase]", activation: int) -> None:
    down, across = phase
    x, y = weights.x, weights.node.output
    depth_in = x.shape[3]
    shape = weights.tensor.shape
    params = [program.offset(x), program.offset(y), x.shape[1], x.shape[2], depth_in, down.taps, across.taps, 1, 1]
    params += [down.origin, across.origin, -1, -1, across.positions, down.positions * across.positions, shape[0]]
    params += [0, 0, 0, x.zero_point + 128]
    params += [program.offset(y) + (down.first * y.shape[2] + across.first) * shape[0]]
    params += [down.stride * y.shape[2] * shape[0], across.stride * shape[0], 0]
    at = weights.tensor.at + (down.tap * shape[2] + across.tap) * depth_in
    # from the last run of a row to the first of the next
    row_step = (down.stride * shape[2] - max(0, across.taps - 1) * across.stride) * depth_in
    params += [at, weights.tensor.size // shape[0], down.taps, row_step]
    params += [across.taps, across.stride * depth_in, depth_in, 0]
    set_clamp(params, weights.node, activation)
    table = array("i")
    for channel in range(shape[0]):
        taps = []
        for row in range(down.taps):
            for run in range(across.taps):
                start = at + channel * params[25] + (row * down.stride * shape[2] + run * across.stride) * depth_in
                taps.append(range(start, start + depth_in))
        table.extend(array("i", weights.row(program.data, channel, taps)))
    program.step("conv", params, table, weights.scratch(params, down.taps * across.taps * depth_in))
