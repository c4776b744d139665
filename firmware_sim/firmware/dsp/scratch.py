"""Work memory that all signal processing shares: what a call leaves in it means nothing to the next one.

Pipelines run one after the other, in one thread. A function that uses one of them says so, and calls none that uses
the same.
"""

from array import array

#: 32-bit values: a beat's vector, or a window of pulses or breath.
SIGNAL = array("i", bytes(4 * 260))
#: What is told from it: slopes, rises, smoothed copies.
SHAPE = array("i", bytes(4 * 260))
