"""Made by `make gen` from models/uncertainty/u95.json."""

#: Of PR, QRS and QT, in 0.1 ms (Q8): constant, then for each of uncertainty of edges, spread, lost quality,
#: rate and fewness of beats; see uncertainty.py.
INTERVALS_Q8 = (
    (52246, 235, 0, 0, 140, 0),  # pr
    (0, 829, 0, 547, 215, 548),  # qrs
    (11003, 1110, 0, 516, 0, 1617),  # qt
)
