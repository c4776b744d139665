"""The interface of networks: planning, profiling, and what is refused with which error."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.firmware import nn
from firmware_sim.firmware.networks import beat_kind_gen
from firmware_sim.firmware.nn import errors
from firmware_sim.firmware.nn.loading import schema as s
from firmware_sim.firmware.nn.loading.plan import Block, assign_offsets
from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.firmware.nn.network import Network
from firmware_sim.firmware.nn.prepared import arena_for, readable
from firmware_sim.testing.tflite_cases import CASES, Maker, build, pipeline, window
from firmware_sim.testing.tflite_writer import f32, i32, u8


def test_tflite_and_the_interpreter_have_the_same_tensors() -> None:
    hosted, own = nn.load(pipeline(1)), prepare(pipeline(1))
    assert not isinstance(hosted, Network)
    assert hosted.ops == own.ops
    assert hosted.arena_bytes == own.arena_bytes
    for net in (hosted, own):
        assert (net.n_inputs, net.n_outputs) == (1, 2)
        net.input()[:] = memoryview(bytes(range(32))).cast("b")
        net.invoke()
        assert (net.input().format, len(net.input()), len(net.output(0)), len(net.output(1))) == ("b", 32, 48, 1)
    assert hosted.output(0) == own.output(0)
    assert hosted.output(1) == own.output(1)


def test_operators_are_counted_in_multiply_accumulates() -> None:
    assert prepare(build("conv_same")).ops == [("CONV_2D", 9 * 4 * 3 * 3)]
    assert prepare(build("depthwise_multiplier")).ops == [("DEPTHWISE_CONV_2D", 4 * 6 * 3)]
    assert prepare(build("dense")).ops == [("FULLY_CONNECTED", 48)]
    assert prepare(build("transpose_same")).ops == [("TRANSPOSE_CONV", 4 * 2 * 4 * 3)]
    assert prepare(build("softmax")).ops == [("SOFTMAX", 0)]


@pytest.mark.parametrize("load", [nn.load, prepare])
def test_a_watcher_is_called_before_each_operator_and_at_the_end(load: Callable[[bytes], Network]) -> None:
    net = load(pipeline(2))
    seen: list[int] = []
    net.invoke(seen.append)
    assert seen == list(range(len(net.ops) + 1))


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_slices_in_order_are_one_run(count: int) -> None:
    whole, own, hosted = prepare(pipeline(3)), prepare(pipeline(3)), nn.load(pipeline(3))
    for net in (whole, own, hosted):
        net.input()[:] = memoryview(bytes(range(32))).cast("b")
    whole.invoke()
    for index in range(count):
        own.run_slice(index, count)
        hosted.run_slice(index, count)
    assert own.output(0) == hosted.output(0) == whole.output(0)


def test_a_network_works_in_the_arena_of_a_larger_one_and_not_of_a_smaller() -> None:
    large, small = prepare(pipeline(2)), prepare(build("dense"))
    alone = prepare(build("dense"))
    lodger = prepare(build("dense"), large.arena)
    assert lodger.arena is large.arena
    assert lodger.arena_bytes == alone.arena_bytes < large.arena_bytes
    for net in (alone, lodger):
        net.input()[:] = memoryview(bytes(range(len(net.input())))).cast("b")
        net.invoke()
    assert lodger.output() == alone.output()
    for load in (prepare, nn.load):
        with pytest.raises(errors.UnsupportedError, match=r"arena of 16 bytes and 58 words"):
            load(pipeline(2), small.arena)


def test_tables_that_lie_on_odd_addresses_are_copied() -> None:
    form = beat_kind_gen.PREPARED
    assert readable(form, lambda data: 0) is form
    copied = readable(form, lambda data: 2)
    assert all(isinstance(words, array) for _, *both in copied[3] for words in both)
    runs = []
    for some in (form, copied):
        net = Network(beat_kind_gen.MODEL, some, arena_for([form]))
        net.input()[:] = memoryview(bytes(range(148))).cast("b")
        net.invoke()
        runs.append(bytes(net.output()))
    assert runs[0] == runs[1]


def test_an_arena_has_one_owner_at_a_time() -> None:
    arena = nn.Arena(8, 1)
    assert arena.is_free()
    arena.acquire("delineation")
    arena.acquire("delineation")
    assert not arena.is_free()
    with pytest.raises(errors.ArenaBusyError, match="delineation has the arena that verification wants"):
        arena.acquire("verification")
    arena.release("verification")
    assert not arena.is_free()
    arena.release("delineation")
    assert arena.is_free()
    arena.acquire("verification")


def test_tensors_of_disjoint_lifetimes_overlap_in_the_arena() -> None:
    m = Maker(1)
    x = m.model.input((1, 1, 32, 4))
    for _ in range(6):
        x = m.conv(x, 4, (1, 1))
    net = prepare(m.model.tobytes(x))
    # two tensors of 128 bytes, and working memory: where outputs go, and for 16 pairs of positions sums of 4 channels
    # for both, sums of their inputs, and 4 inputs
    assert net.arena_bytes == 2 * 128 + 4 * (36 + 16 * (2 * 4 + 2 + 4))


def test_blocks_that_meet_do_not_overlap() -> None:
    random = np.random.default_rng(3)
    blocks = []
    for _ in range(40):
        first = int(random.integers(0, 30))
        blocks.append(Block(int(random.integers(1, 100)), first))
        blocks[-1].last = first + int(random.integers(0, 10))
    size = assign_offsets(blocks)
    for i, a in enumerate(blocks):
        assert a.offset + a.size <= size
        for b in blocks[:i]:
            disjoint = a.offset + a.size <= b.offset or b.offset + b.size <= a.offset
            assert disjoint or a.last < b.first or b.last < a.first


def test_a_change_of_shape_costs_nothing() -> None:
    m = Maker(1)
    x = m.conv(m.model.input((1, 1, 8, 2)), 2, (1, 1))
    flat = m.model.add(s.RESHAPE, [x, m.ints(1, 16)], m.model.values((1, 16)))
    net = prepare(m.model.tobytes(m.dense(flat, 2, (1, 2))))
    assert [name for name, _ in net.ops] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]
    assert len(net._form[3]) == 2


Build = Callable[[Maker], int]


def _unknown(m: Maker) -> int:
    return m.model.add(18, [m.model.input((1, 4)), m.model.input((1, 4))], m.model.values((1, 4)))


def _wrong_output(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.model.tensors[x][s.TENSOR_SHAPE] = np.array([1, 1, 8, 2], np.int32)
    return x


def _wrong_depth(m: Maker) -> int:
    x = m.model.input((1, 1, 9, 2))
    w, scales = m.weights((2, 1, 3, 4), 2, 0)
    return m.model.add(s.CONV_2D, [x, w, m.bias(0.05, scales, 2)], m.model.values((1, 1, 9, 2)), window((1, 1), s.SAME))


def _float_input(m: Maker) -> int:
    x = m.dense(m.model.input((1, 4)), 2, (1, 2))
    m.model.tensors[0][s.TENSOR_TYPE] = u8(0)
    return x


def _strange_activation(m: Maker) -> int:
    return m.dense(m.model.input((1, 4)), 2, (1, 2), activation=4)


def _zero_stride(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.model.operators[0][s.OPERATOR_OPTIONS][s.WINDOW_STRIDE_W] = i32(0)
    return x


def _no_scale(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.model.tensors[x][s.TENSOR_QUANTIZATION] = {}
    return x


def _out_of_order(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.conv(x, 2, (1, 3))
    m.model.operators.reverse()
    return x


def _short_constant(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.model.buffers[1][s.BUFFER_DATA] = m.model.buffers[1][s.BUFFER_DATA][:-1]
    return x


def _other_options(m: Maker) -> int:
    y = m.model.values((1, 4), 1 / 256, -128)
    m.model.add(s.SOFTMAX, [m.model.input((1, 4))], y, {s.SOFTMAX_BETA: f32(1)})
    m.model.operators[0][s.OPERATOR_OPTIONS_TYPE] = u8(s.OPTIONS[s.CONCATENATION])
    return y


def _weights_with_zero_point(m: Maker) -> int:
    x = m.conv(m.model.input((1, 1, 9, 2)), 2, (1, 3))
    m.model.tensors[1][s.TENSOR_QUANTIZATION][s.QUANTIZATION_ZERO_POINT] = np.array([0, 1], np.int64)
    return x


def _scales_differ(m: Maker) -> int:
    a, b = m.model.input((1, 2), 0.05), m.model.input((1, 2), 0.06)
    return m.model.add(s.CONCATENATION, [a, b], m.model.values((1, 4)), {s.CONCATENATION_AXIS: i32(1)})


def _broadcast(m: Maker) -> int:
    return m.model.add(s.ADD, [m.model.input((1, 1, 4, 2)), m.model.input((1, 1, 1, 2))], m.model.values((1, 1, 4, 2)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (_unknown, errors.UnsupportedError, "operator 18"),
        (_float_input, errors.UnsupportedError, "tensor type 0"),
        (_strange_activation, errors.UnsupportedError, "activation 4"),
        (_zero_stride, errors.UnsupportedError, "stride or dilation 0"),
        (_weights_with_zero_point, errors.UnsupportedError, "zero point of the weights"),
        (_wrong_output, errors.ShapeError, "output"),
        (_wrong_depth, errors.ShapeError, "weights"),
        (_scales_differ, errors.ShapeError, "different scales"),
        (_broadcast, errors.ShapeError, "shapes"),
        (_no_scale, errors.CorruptModelError, "without its scale"),
        (_out_of_order, errors.CorruptModelError, "before it is computed"),
        (_short_constant, errors.CorruptModelError, "a constant of"),
        (_other_options, errors.CorruptModelError, "options of another"),
    ],
)
def test_what_cannot_be_run_is_refused_when_it_is_loaded(make: Build, error: type[Exception], words: str) -> None:
    m = Maker(1)
    out = make(m)
    with pytest.raises(error, match=words):
        nn.load(m.model.tobytes(out))


def test_weights_stay_in_the_file() -> None:
    m = Maker(1)
    model = m.model.tobytes(m.conv(m.model.input((1, 1, 4, 32)), 32, (1, 9)))
    net = prepare(model)
    assert net._model is model
    held = sum(len(params) * 4 + len(table) * 4 for _, params, table in net._form[3])
    assert held < 32 * 32 * 9 / 10


def test_every_operator_has_a_case() -> None:
    covered = {name for case in CASES for name, _ in prepare(build(case)).ops}
    assert covered == set(s.NAMES.values())
