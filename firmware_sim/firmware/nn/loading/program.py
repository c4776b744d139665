"""What a network does when it is invoked: steps, each one call of a kernel, grouped by operator."""

from array import array

from ..errors import UnsupportedError
from . import exact
from . import schema as s
from .flatbuffer import signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..network import Step, Words
    from .model import Graph, Node, Tensor
    from .plan import Plan

#: Positions of the clamp and of the output's zero point in the parameters of every kernel that rounds.
LOW = 16
HIGH = 17
ZERO = 18
#: First word of the accumulators in the scratch.
SUMS = 36
#: What accumulators must stay below, so that products of 16-bit halves fit 32 bits.
ACCUMULATOR = 1 << 29


class Program:
    """Steps under construction; `words` is the working memory (32-bit words) the steps need."""

    def __init__(self, graph: "Graph", plan: "Plan") -> None:
        self.data = graph.data
        self.offset = plan.offset
        self.steps: "list[Step]" = []
        self.words = 1

    def step(self, kernel: str, params: "list[int]", table: "Words" = b"", words: int = 0) -> None:
        """Append a call of the kernel of that name."""
        self.steps.append((kernel, array("i", params), table))
        self.words = max(self.words, words)

    def numbers(self, tensor: "Tensor") -> "tuple[int, ...]":
        """Values of an int32 constant."""
        return tuple([signed(self.data, tensor.at + 4 * i, 4) for i in range(tensor.size)])


def clamp(node: "Node", activation: int) -> "tuple[int, int, int]":
    """(lowest value, highest value, zero point) of an output behind a fused activation.

    Source: CalculateActivationRangeQuantized of TensorFlow Lite.
    """
    zero = node.output.zero_point
    if activation == s.NONE:
        return -128, 127, zero
    if activation == s.RELU:
        return zero, 127, zero
    if activation == s.RELU6:
        six = exact.quotient((6, 0), node.output.scale(), exact.SINGLE)
        return zero, min(127, zero + exact.nearest(six, 0)), zero
    raise UnsupportedError("%s with activation %d" % (node.name, activation))


def set_clamp(params: "list[int]", node: "Node", activation: int) -> None:
    """Fill in what every kernel that rounds has at the same place."""
    params[LOW], params[HIGH], params[ZERO] = clamp(node, activation)


def same_scale(node: "Node", a: "Tensor", b: "Tensor") -> None:
    """Raise `ShapeError` unless both hold values of one scale and zero point."""
    same = a.scale() == b.scale() and a.zero_point == b.zero_point
    node.fit(same, "input and output have different scales")


def ratio(a: "Tensor", b: "Tensor") -> "tuple[int, int]":
    """(multiplier, shift) that brings the scale of `a` to that of `b`."""
    return exact.multiplier(exact.quotient(a.scale(), b.scale(), exact.DOUBLE))


def probability(node: "Node") -> None:
    """Raise `ShapeError` unless the output is in 1/256 from -128 up, as kernels for probabilities write it."""
    one = node.output.scale()
    unit = exact.rounded(one, 1)
    fits = unit[0] << 8 == 1 << -unit[1] if unit[1] < 0 else False
    node.fit(fits and not exact.less(unit, one) and not exact.less(one, unit), "the output's scale is not 1/256")
    node.fit(node.output.zero_point == -128, "the output's zero point is not -128")


def check_multiplier(node: "Node", fixed: int, shift: int, bound: int) -> None:
    """Raise `UnsupportedError` where an accumulator of up to `bound` could leave the kernels' range."""
    if shift > 29 or bound << max(shift, 0) >= ACCUMULATOR:
        raise UnsupportedError("%s whose sums may reach %d, with a multiplier of 2**%d" % (node.name, bound, shift))


def table_row(bias: int, weights: int, fixed: int, shift: int) -> "tuple[int, int, int]":
    """A channel's row of a table: bias, multiplier, and in one word the sum of its weights with its right shift + 32.

    The kernels that take inputs as x + 128 take 128 times that sum off again.
    """
    return bias, fixed, (weights << 6) + 32 - shift
