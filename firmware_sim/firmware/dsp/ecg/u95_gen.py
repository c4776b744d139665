"""Made by `make gen` from models/uncertainty/u95.json."""

#: Of PR, QRS and QT, in 0.1 ms (Q8): constant, then for each of uncertainty of edges, spread, lost quality,
#: rate and fewness of beats; see uncertainty.py.
INTERVALS_Q8 = (
    (30117, 32, 29, 45, 329, 1015),  # pr
    (7714, 689, 0, 139, 287, 468),  # qrs
    (76538, 277, 0, 211, 0, 1416),  # qt
)
#: Of the heart rate, in 0.1 bpm (Q8): constant, then for each of lost quality, noise beside uneven and very
#: uneven RR, noise of a rhythm that is uneven by itself, lost beside split RR, dropped RR.
RATE_Q8 = (232, 48, 282, 282, 256, 681, 245)
#: Of RR, in ms (Q8): constant, lost quality, and both once more beside uneven RR.
RR_Q8 = (1024, 74, 512, 270)
