"""Work memory of all signal processing and the networks: what a call leaves in it means nothing to the next one.

Pipelines run one after the other, in one thread. A function that works in a part of it is decorated `works_in` that
part (`scratch_use.py`), and calls none that works in the same; networks work in all of it while they run.
"""

from array import array

from micropython import const

#: 32-bit values of a part: a beat's vector, or a window of pulses or breath.
_PART = const(260)
#: All of it; as many words as the networks want that the firmware carries.
WORDS = array("i", bytes(4 * 546))
_view = memoryview(WORDS)
#: 32-bit values: a beat's vector, or a window of pulses or breath.
SIGNAL: "array[int]" = _view[:_PART]  # type: ignore[assignment]
#: What is computed from it: slopes, rises, smoothed copies.
SHAPE: "array[int]" = _view[_PART : 2 * _PART]  # type: ignore[assignment]
