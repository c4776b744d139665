"""Networks for tests: one for each operator with the shapes, strides, paddings and activations that matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from firmware_sim.firmware.nn.loading import schema as s

from .tflite_writer import Fields, Model, Shape, f32, i32, u8

Pair = tuple[int, int]


def window(stride: Pair, padding: int) -> Fields:
    """Fields of a sliding window."""
    return {s.WINDOW_PADDING: u8(padding), s.WINDOW_STRIDE_H: i32(stride[0]), s.WINDOW_STRIDE_W: i32(stride[1])}


def extent(n: int, taps: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Positions of a window along one axis."""
    span = (taps - 1) * dilation + 1
    return -(-n // stride) if padding == s.SAME else (n - span) // stride + 1


def slid(x: Shape, taps: Pair, stride: Pair, padding: int, depth: int, dilation: Pair = (1, 1)) -> Shape:
    """Shape of the output of a sliding window."""
    rows = extent(x[1], taps[0], stride[0], padding, dilation[0])
    return 1, rows, extent(x[2], taps[1], stride[1], padding, dilation[1]), depth


class Maker:
    """A `Model` that draws weights from a seed and knows how each operator shapes its output."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.model = Model()

    def weights(self, shape: Shape, channels: int, axis: int, largest: int = 127) -> tuple[int, list[float]]:
        """Constant weights with their scales: one, or one a channel."""
        data = self.random.integers(-largest, largest + 1, shape).astype(np.int8)
        scales = [float(np.float32(v)) for v in self.random.uniform(0.002, 0.02, channels)]
        return self.model.constant(data, scales, axis), scales

    def bias(self, scale_in: float, scales: list[float], depth: int, largest: int = 127) -> int:
        """Add random biases."""
        data = self.random.integers(-16 * largest, 16 * largest, depth).astype(np.int32)
        each = scales if len(scales) == depth else scales * depth
        return self.model.constant(data, [scale_in * v for v in each])

    def conv(
        self,
        x: int,
        depth: int,
        taps: Pair,
        stride: Pair = (1, 1),
        padding: int = s.SAME,
        activation: int = s.NONE,
        dilation: Pair = (1, 1),
        per_channel: bool = True,
        scale: float = 0.4,
        zero: int = -5,
        scale_in: float = 0.05,
        largest: int = 127,
    ) -> int:
        """Add CONV_2D."""
        shape = self.model.shapes[x]
        w, scales = self.weights((depth, *taps, shape[3]), depth if per_channel else 1, 0, largest)
        out = self.model.values(slid(shape, taps, stride, padding, depth, dilation), scale, zero)
        options = window(stride, padding) | {s.CONV_ACTIVATION: u8(activation)}
        options |= {s.CONV_DILATION_H: i32(dilation[0]), s.CONV_DILATION_W: i32(dilation[1])}
        return self.model.add(s.CONV_2D, [x, w, self.bias(scale_in, scales, depth, largest)], out, options)

    def depthwise(
        self,
        x: int,
        multiplier: int,
        taps: Pair,
        stride: Pair = (1, 1),
        padding: int = s.SAME,
        activation: int = s.NONE,
        dilation: Pair = (1, 1),
        scale: float = 0.2,
        scale_in: float = 0.05,
    ) -> int:
        """Add DEPTHWISE_CONV_2D."""
        shape = self.model.shapes[x]
        depth = shape[3] * multiplier
        w, scales = self.weights((1, *taps, depth), depth, 3)
        out = self.model.values(slid(shape, taps, stride, padding, depth, dilation), scale, 7)
        options = window(stride, padding) | {s.DEPTHWISE_ACTIVATION: u8(activation)}
        options |= {s.DEPTHWISE_MULTIPLIER: i32(multiplier)}
        options |= {s.DEPTHWISE_DILATION_H: i32(dilation[0]), s.DEPTHWISE_DILATION_W: i32(dilation[1])}
        return self.model.add(s.DEPTHWISE_CONV_2D, [x, w, self.bias(scale_in, scales, depth)], out, options)

    def transpose_conv(
        self, x: int, depth: int, taps: Pair, stride: Pair, padding: int, biased: bool, size: Pair
    ) -> int:
        """Add TRANSPOSE_CONV."""
        shape = self.model.shapes[x]
        w, scales = self.weights((depth, *taps, shape[3]), depth, 0)
        out = self.model.values((1, *size, depth), 0.3, 11)
        target = self.model.constant(np.array([1, *size, depth], np.int32))
        inputs = [target, w, x] + ([self.bias(0.05, scales, depth)] if biased else [])
        return self.model.add(s.TRANSPOSE_CONV, inputs, out, window(stride, padding))

    def dense(self, x: int, depth: int, shape: Shape, activation: int = s.NONE, per_channel: bool = False) -> int:
        """Add FULLY_CONNECTED."""
        n = int(np.prod(self.model.shapes[x])) // int(np.prod(shape[:-1]))
        w, scales = self.weights((depth, n), depth if per_channel else 1, 0)
        out = self.model.values(shape, 0.3, 2)
        return self.model.add(
            s.FULLY_CONNECTED, [x, w, self.bias(0.05, scales, depth)], out, {s.DENSE_ACTIVATION: u8(activation)}
        )

    def pool(self, code: int, x: int, taps: Pair, stride: Pair, padding: int = s.SAME, activation: int = s.NONE) -> int:
        """Add a pooling operator."""
        shape = self.model.shapes[x]
        options = window(stride, padding) | {s.POOL_FILTER_H: i32(taps[0]), s.POOL_FILTER_W: i32(taps[1])}
        options[s.POOL_ACTIVATION] = u8(activation)
        return self.model.add(code, [x], self.model.values(slid(shape, taps, stride, padding, shape[3])), options)

    def ints(self, *values: int, shape: Shape | None = None) -> int:
        """Add constant indices or sizes."""
        data = np.array(values, np.int32)
        return self.model.constant(data.reshape(shape) if shape else data)


def _conv(x: Shape, **kinds: object) -> Callable[[Maker], int]:
    return lambda m: m.conv(m.model.input(x), **kinds)  # type: ignore[arg-type]


def _depthwise(x: Shape, **kinds: object) -> Callable[[Maker], int]:
    return lambda m: m.depthwise(m.model.input(x), **kinds)  # type: ignore[arg-type]


def _transpose(x: Shape, **kinds: object) -> Callable[[Maker], int]:
    return lambda m: m.transpose_conv(m.model.input(x), **kinds)  # type: ignore[arg-type]


def _dense(x: Shape, **kinds: object) -> Callable[[Maker], int]:
    return lambda m: m.dense(m.model.input(x), **kinds)  # type: ignore[arg-type]


def _pool(code: int, x: Shape, **kinds: object) -> Callable[[Maker], int]:
    return lambda m: m.pool(code, m.model.input(x), **kinds)  # type: ignore[arg-type]


def _add(activation: int, scales: tuple[float, float, float]) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        a = m.model.input((1, 1, 5, 3), scales[0], -20)
        b = m.model.input((1, 1, 5, 3), scales[1], 31)
        out = m.model.values((1, 1, 5, 3), scales[2], 4)
        return m.model.add(s.ADD, [a, b], out, {s.ADD_ACTIVATION: u8(activation)})

    return make


def _concatenation(axis: int, *shapes: Shape) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        total = list(shapes[0])
        total[axis] = sum(shape[axis] for shape in shapes)
        inputs = [m.model.input(shape) for shape in shapes]
        return m.model.add(s.CONCATENATION, inputs, m.model.values(tuple(total)), {s.CONCATENATION_AXIS: i32(axis)})

    return make


def _softmax(shape: Shape, scale: float, beta: float = 1.0) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        x = m.model.input(shape, scale, 10)
        return m.model.add(s.SOFTMAX, [x], m.model.values(shape, 1 / 256, -128), {s.SOFTMAX_BETA: f32(beta)})

    return make


def _unary(code: int, scales: Pair | tuple[float, float], zeros: Pair) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        x = m.model.input((1, 40), scales[0], zeros[0])
        return m.model.add(code, [x], m.model.values((1, 40), scales[1], zeros[1]))

    return make


def _reshape(code: int, x: Shape, y: Shape, operand: tuple[int, ...] | None) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        inputs = [m.model.input(x)] + ([] if operand is None else [m.ints(*operand)])
        return m.model.add(code, inputs, m.model.values(y))

    return make


def _pad(x: Shape, pads: tuple[int, ...]) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        y = tuple(n + pads[2 * i] + pads[2 * i + 1] for i, n in enumerate(x))
        return m.model.add(s.PAD, [m.model.input(x), m.ints(*pads, shape=(4, 2))], m.model.values(y))

    return make


def _resize(x: Shape, size: Pair, centers: bool) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        options = {s.RESIZE_HALF_PIXEL: u8(centers)}
        out = m.model.values((1, *size, x[3]))
        return m.model.add(s.RESIZE_NEAREST_NEIGHBOR, [m.model.input(x), m.ints(*size)], out, options)

    return make


def _mean(x: Shape, y: Shape, keep: bool, scale: float = 0.05, zero: int = 3) -> Callable[[Maker], int]:
    def make(m: Maker) -> int:
        out = m.model.values(y, scale, zero)
        return m.model.add(s.MEAN, [m.model.input(x), m.ints(1, 2)], out, {0: u8(keep)})

    return make


#: Name: what builds it. Small enough for a thousand runs of each.
CASES: dict[str, Callable[[Maker], int]] = {
    "conv_same": _conv((1, 1, 9, 3), depth=4, taps=(1, 3)),
    "conv_valid_stride": _conv((1, 1, 11, 2), depth=3, taps=(1, 4), stride=(1, 2), padding=s.VALID, activation=s.RELU),
    "conv_long": _conv((1, 1, 6, 5), depth=2, taps=(1, 5), activation=s.RELU6),
    "conv_pointwise": _conv((1, 1, 5, 8), depth=3, taps=(1, 1)),
    "conv_one_scale": _conv((1, 1, 6, 3), depth=3, taps=(1, 3), per_channel=False),
    "conv_2d": _conv((1, 5, 4, 2), depth=2, taps=(3, 2), stride=(2, 1)),
    "conv_2d_dilated": _conv((1, 6, 7, 2), depth=2, taps=(2, 3), dilation=(3, 2), padding=s.VALID),
    "conv_dilated_same": _conv((1, 1, 9, 2), depth=2, taps=(1, 3), dilation=(1, 2)),
    "conv_wide_stride": _conv((1, 1, 13, 1), depth=2, taps=(1, 2), stride=(1, 5)),
    "conv_multiplier_above_one": _conv((1, 1, 4, 1), depth=2, taps=(1, 2), scale=0.0002, largest=1),
    "depthwise_same": _depthwise((1, 1, 8, 3), multiplier=1, taps=(1, 3)),
    "depthwise_stride": _depthwise((1, 1, 9, 2), multiplier=1, taps=(1, 5), stride=(1, 2), activation=s.RELU),
    "depthwise_multiplier": _depthwise((1, 1, 6, 2), multiplier=3, taps=(1, 3), padding=s.VALID),
    "depthwise_2d": _depthwise((1, 4, 5, 2), multiplier=1, taps=(3, 3), activation=s.RELU6),
    "depthwise_dilated": _depthwise((1, 1, 9, 2), multiplier=1, taps=(1, 3), dilation=(1, 2)),
    "transpose_same": _transpose(
        (1, 1, 4, 3), depth=2, taps=(1, 4), stride=(1, 2), padding=s.SAME, biased=True, size=(1, 8)
    ),
    "transpose_valid": _transpose(
        (1, 1, 4, 2), depth=3, taps=(1, 3), stride=(1, 2), padding=s.VALID, biased=False, size=(1, 9)
    ),
    "transpose_gap": _transpose(
        (1, 1, 3, 2), depth=2, taps=(1, 2), stride=(1, 3), padding=s.SAME, biased=True, size=(1, 9)
    ),
    "transpose_2d": _transpose(
        (1, 3, 2, 2), depth=2, taps=(3, 3), stride=(2, 2), padding=s.SAME, biased=True, size=(6, 4)
    ),
    "dense": _dense((1, 12), depth=4, shape=(1, 4)),
    "dense_rows": _dense((3, 5), depth=2, shape=(3, 2), activation=s.RELU),
    "dense_flattens": _dense((1, 1, 4, 3), depth=3, shape=(1, 3), activation=s.RELU6),
    "dense_per_channel": _dense((1, 9), depth=3, shape=(1, 3), per_channel=True),
    "add": _add(s.NONE, (0.05, 0.03, 0.06)),
    "add_relu": _add(s.RELU, (0.01, 0.09, 0.05)),
    "add_relu6": _add(s.RELU6, (0.05, 0.05, 0.05)),
    "concatenation_depth": _concatenation(3, (1, 2, 3, 2), (1, 2, 3, 1), (1, 2, 3, 3)),
    "concatenation_rows": _concatenation(1, (1, 2, 3), (1, 1, 3)),
    "average_pool": _pool(s.AVERAGE_POOL_2D, (1, 1, 9, 2), taps=(1, 3), stride=(1, 2)),
    "average_pool_2d": _pool(
        s.AVERAGE_POOL_2D, (1, 4, 5, 2), taps=(2, 2), stride=(2, 2), padding=s.VALID, activation=s.RELU
    ),
    "max_pool": _pool(s.MAX_POOL_2D, (1, 1, 9, 2), taps=(1, 2), stride=(1, 2)),
    "max_pool_2d": _pool(s.MAX_POOL_2D, (1, 5, 4, 2), taps=(3, 2), stride=(1, 1), activation=s.RELU6),
    "mean": _mean((1, 2, 7, 3), (1, 3), False),
    "mean_keep": _mean((1, 1, 9, 2), (1, 1, 1, 2), True),
    "mean_rescaled": _mean((1, 1, 10, 3), (1, 3), False, 0.02, -30),
    "mean_keep_rescaled": _mean((1, 1, 11, 3), (1, 1, 1, 3), True, 0.02, -30),
    "resize": _resize((1, 1, 5, 2), (1, 10), False),
    "resize_thirds": _resize((1, 2, 3, 2), (4, 9), True),
    "softmax": _softmax((1, 5), 0.1),
    "softmax_rows": _softmax((1, 1, 6, 4), 0.25),
    "softmax_fine": _softmax((1, 3), 0.01, 0.7),
    "logistic": _unary(s.LOGISTIC, (0.04, 1 / 256), (5, -128)),
    "logistic_coarse": _unary(s.LOGISTIC, (0.31, 1 / 256), (-77, -128)),
    "quantize": _unary(s.QUANTIZE, (0.04, 0.033), (5, -9)),
    "quantize_up": _unary(s.QUANTIZE, (0.2, 0.06), (0, 12)),
    "reshape": _reshape(s.RESHAPE, (1, 2, 3, 2), (1, 12), (1, 12)),
    "expand_dims": _reshape(s.EXPAND_DIMS, (1, 6), (1, 1, 6), (1,)),
    "squeeze": _reshape(s.SQUEEZE, (1, 1, 6), (6,), None),
    "pad": _pad((1, 1, 4, 3), (0, 0, 0, 0, 2, 1, 0, 0)),
    "pad_depth": _pad((1, 2, 2, 2), (0, 0, 1, 0, 0, 1, 1, 2)),
}


def build(name: str) -> bytes:
    """The file of a case."""
    maker = Maker(sorted(CASES).index(name))
    return maker.model.tobytes(CASES[name](maker))


def pipeline(seed: int) -> bytes:
    """A network of many operators: an encoder with a residual branch, a decoder with a skip, and two outputs."""
    m = Maker(seed)
    model = m.model
    x = model.input((1, 1, 16, 2), 0.05, 3)
    a = m.conv(x, 4, (1, 3), activation=s.RELU, scale=0.05, zero=-128)
    b = m.depthwise(a, 1, (1, 3), scale=0.05)
    total = model.add(s.ADD, [a, b], model.values((1, 1, 16, 4), 0.06, -20), {s.ADD_ACTIVATION: u8(s.RELU)})
    down = m.pool(s.MAX_POOL_2D, total, (1, 2), (1, 2))
    model.tensors[down] |= {s.TENSOR_QUANTIZATION: model.tensors[total][s.TENSOR_QUANTIZATION]}
    deep = m.conv(down, 4, (1, 3), activation=s.RELU6, scale=0.05)
    up = m.transpose_conv(deep, 3, (1, 4), (1, 2), s.SAME, True, (1, 16))
    same = model.add(s.QUANTIZE, [total], model.values((1, 1, 16, 4), 0.3, 11))
    joined = model.add(
        s.CONCATENATION, [up, same], model.values((1, 1, 16, 7), 0.3, 11), {s.CONCATENATION_AXIS: i32(-1)}
    )
    logits = m.conv(joined, 3, (1, 1), scale=0.1)
    rows = model.add(s.RESHAPE, [logits, m.ints(16, 3)], model.values((16, 3), 0.1, -5))
    classes = model.add(s.SOFTMAX, [rows], model.values((16, 3), 1 / 256, -128), {s.SOFTMAX_BETA: f32(1)})
    pooled = model.add(s.MEAN, [deep, m.ints(1, 2)], model.values((1, 4), 0.05, -5), {0: u8(False)})
    score = model.add(s.LOGISTIC, [m.dense(pooled, 1, (1, 1))], model.values((1, 1), 1 / 256, -128))
    return model.tobytes(classes, score)
