"""Expanded uncertainty of readings from light: the half-width that holds 95 % of true values (JCGM 100, coverage 95 %).

Pulse and respiration: set beside quantile regressions on BIDMC, each half of the people checked on the other, which
`python -m models.uncertainty.light` makes; models/uncertainty/card.md has both. SpO2: OxiWear, which is one person.
"""

from micropython import const

#: A pulse rate that is less certain is of no use and refused (0.1/min); the most of a respiration rate (0.1/min), of
#: which those that are less probable are refused.
PULSE_LIMIT_X10 = const(200)
RESPIRATION_MOST_X10 = const(60)
#: Of a pulse that was found near the rate of just before (0.1/min).
FOLLOWED_X10 = const(85)
#: Strength of the period (percent) from which on upstrokes that contradict it say nothing.
_CERTAIN_PERCENT = const(92)
#: Agreement of upstrokes (percent) that says nothing, and how much more makes them count in full.
_DIFFERENT_PERCENT = const(30)
_ONE_SHAPE_PERCENT = const(50)
#: Most that upstrokes and period differ, in permille.
_MOST_DIFFERENCE = const(500)
#: That of a respiration rate which is certain: annotators differ by 0.7/min (0.1/min).
_BREATH_X10 = const(14)
#: Percent of probability that a rate of a network is wrong, beyond which each counts fourfold (pulse in motion: TROIKA,
#: respiration: BIDMC, each person by a network that never saw them).
_LITTLE_WRONG = const(8)
#: SpO2: correlation (percent) of red with infrared from which on the uncertainty is that of the curve, as 41 readings
#: of one person had it (OxiWear).
_CORRELATED_PERCENT = const(98)
#: The most (0.1 %) that a window may add to the uncertainty of its curve; one that adds more is refused. Limit: own.
SPO2_MOST_ADDED = const(2)


def pulse_u95(strength: int, period: int, counted: int, agreement: int) -> int:
    """Of the pulse rate in 0.1/min: `strength` of the `period` in percent, and the mean interval of upstrokes.

    `agreement` (percent): how far these are of one shape.
    """
    difference = _MOST_DIFFERENCE
    if strength >= _CERTAIN_PERCENT:
        difference = 0
    elif period:
        difference = min(abs(counted - period) * 1000 // period, _MOST_DIFFERENCE)
        # upstrokes of many shapes are not all of pulses
        difference = difference * min(max(agreement - _DIFFERENT_PERCENT, 0), _ONE_SHAPE_PERCENT) // _ONE_SHAPE_PERCENT
    return 5 + (100 - strength) * 5 // 8 + difference * 11 // 10


def history_u95(rate: int, spread: int) -> int:
    """Of the pulse `rate` of a history, both in 0.1/min, whose intervals differ by `spread` permille."""
    return 8 + rate * spread * 9 // 25000


def tracked_u95(trust: int) -> int:
    """Of a rate in motion in 0.1/min: `trust` is the probability in percent that it is right within 5/min."""
    wrong = 100 - trust
    return 17 + wrong + 3 * max(0, wrong - _LITTLE_WRONG)


def respiration_u95(trust: int) -> int:
    """Of the respiration rate in 0.1/min: `trust` is the probability in percent that it is right within 2/min."""
    wrong = 100 - trust
    return min(_BREATH_X10 + wrong + 3 * max(0, wrong - _LITTLE_WRONG), RESPIRATION_MOST_X10)


def spo2_added(correlation: int) -> int:
    """What a window adds to the uncertainty of its curve in 0.1 %: its correlation of red with infrared in percent."""
    return max(0, _CORRELATED_PERCENT - correlation) >> 2


def perfusion_u95(perfusion: int, coherence: int) -> int:
    """Of the perfusion index in 0.01 %: noise of the counts, and how far pulses differ (percent in their mean)."""
    return 2 + perfusion * (5 + ((100 - coherence) >> 1)) // 100
