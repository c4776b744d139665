"""Windows that slide over height and width: geometry shared by convolutions and pooling.

Parameters of a window, by position: 0 input and 1 output (offsets in the arena); 2 to 4 the input's height, width
and depth; 5, 6 taps down and across; 7, 8 strides; 9, 10 where the first window begins; 11, 12 distance of taps; 13
columns and 14 positions of the output, 15 its depth; 16 to 18 clamp and zero point; 19 the value of padding + 128;
20 to 22 first output position, distance of rows and of columns; 23 first word of the packed inputs; 24, 25 weights
of the first channel (offset in the file) and distance of channels; 26, 27 rows of weights and their distance; 28 to
30 runs in a row, their distance and length; 31 pairs of positions that the scratch holds.
"""

from ..errors import UnsupportedError
from . import schema as s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .model import Node, Tensor
    from .program import Program

LENGTH = 32


class Window:
    """Taps, strides and dilation of a node, as (down, across), and the padding it needs."""

    def __init__(self, node: "Node", taps: "tuple[int, int]", dilation: "tuple[int, int]" = (1, 1)) -> None:
        self.node = node
        self.taps = taps
        self.dilation = dilation
        self.strides = (node.option(s.WINDOW_STRIDE_H), node.option(s.WINDOW_STRIDE_W))
        self.padding = node.option(s.WINDOW_PADDING, 1)
        for n in self.taps + self.strides + self.dilation:
            if not 1 <= n <= 0x7FFF:
                raise UnsupportedError("%s with taps, stride or dilation %d" % (node.name, n))
        if self.padding not in (s.SAME, s.VALID):
            raise UnsupportedError("%s with padding %d" % (node.name, self.padding))

    def reach(self, axis: int, size: int) -> "tuple[int, int]":
        """(output positions, first input index of the first window) along an axis of `size` inputs."""
        stride = self.strides[axis]
        span = (self.taps[axis] - 1) * self.dilation[axis] + 1
        if self.padding == s.VALID:
            return (size - span) // stride + 1, 0
        n = -(-size // stride)
        return n, -(max(0, (n - 1) * stride + span - size) // 2)

    def params(self, program: "Program", x: "Tensor", y: "Tensor") -> "list[int]":
        """Parameters of the window over `x` (1, height, width, depth) that gives `y`; raises `ShapeError`."""
        rows, top = self.reach(0, x.shape[1])
        columns, left = self.reach(1, x.shape[2])
        self.node.fit(y.shape[1:3] == (rows, columns), "output %s of input %s" % (y.shape, x.shape))
        out = program.offset(y)
        params = [program.offset(x), out, x.shape[1], x.shape[2], x.shape[3]]
        params += [self.taps[0], self.taps[1], self.strides[0], self.strides[1], top, left]
        params += [self.dilation[0], self.dilation[1], columns, rows * columns, y.shape[3]]
        params += [0, 0, 0, x.zero_point + 128, out, columns * y.shape[3], y.shape[3]]
        return params + [0] * (LENGTH - len(params))


def image(node: "Node", tensor: "Tensor") -> "Tensor":
    """The tensor, which must be one image: (1, height, width, depth)."""
    node.fit(len(tensor.shape) == 4 and tensor.shape[0] == 1, "%s is no (1, height, width, depth)" % (tensor.shape,))
    return tensor
