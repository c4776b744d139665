"""Where each tensor lies in the arena: tensors whose lifetimes do not meet share memory."""

from . import schema as s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .model import Graph, Tensor

#: Operators that change only the shape: their output is their input.
SHAPERS = (s.RESHAPE, s.SQUEEZE, s.EXPAND_DIMS)


class Block:
    """Memory of one tensor, or of several that are views of it: used from step `first` to step `last`."""

    def __init__(self, size: int, first: int) -> None:
        self.size = size
        self.first = first
        self.last = first
        self.offset = 0


class Plan:
    """Offsets of all computed tensors of a graph, and the bytes they take together."""

    def __init__(self, graph: "Graph") -> None:
        self._blocks: "dict[int, Block]" = {}
        for tensor in graph.inputs:
            self._blocks[id(tensor)] = Block(tensor.size, 0)
        ends = [id(tensor) for tensor in graph.outputs]
        for step in range(len(graph.nodes)):
            node = graph.nodes[step]
            for value in node.inputs:
                if value is not None and value.at < 0:
                    self._blocks[id(value)].last = step
            for output in node.outputs:
                source = node.inputs[0] if node.inputs and node.code in SHAPERS else None
                # an output keeps memory of its own, so that writing an input never changes it
                if source is not None and source.at < 0 and id(output) not in ends:
                    self._blocks[id(output)] = self._blocks[id(source)]
                else:
                    self._blocks[id(output)] = Block(output.size, step)
        for end in ends:
            self._blocks[end].last = len(graph.nodes)
        self.size = assign_offsets(self._distinct())

    def _distinct(self) -> "list[Block]":
        blocks: "list[Block]" = []
        for block in self._blocks.values():
            if block not in blocks:
                blocks.append(block)
        return blocks

    def offset(self, tensor: "Tensor") -> int:
        """Offset in the arena, in bytes."""
        return self._blocks[id(tensor)].offset


def assign_offsets(blocks: "list[Block]") -> int:
    """Give each block an offset; bytes needed. Of two orders that which needs less: by size, and by size times life.

    Source: greedy by size, Pisarchyk and Lee 2020, arXiv:2001.03288.
    """
    by_size = sorted(blocks, key=lambda b: -b.size)
    least = _assign_in(by_size)
    needed = _assign_in(sorted(blocks, key=lambda b: -b.size * (b.last - b.first + 1)))
    return needed if needed < least else _assign_in(by_size)


def _assign_in(order: "list[Block]") -> int:
    """Give each block in this order the lowest offset that is free during its life; bytes needed."""
    assigned: "list[Block]" = []
    for block in order:
        offset = 0
        for other in assigned:
            meets = block.first <= other.last and other.first <= block.last
            if meets and offset < other.offset + other.size and other.offset < offset + block.size:
                offset = other.offset + other.size
        block.offset = offset
        assigned.append(block)
        assigned.sort(key=lambda b: b.offset)
    return max([b.offset + b.size for b in assigned])
