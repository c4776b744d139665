"""Made by `make gen` from models/uncertainty/u95.json."""

#: Of PR, QRS and QT, in 0.1 ms (Q8): constant, then for each of uncertainty of edges, spread, lost quality,
#: rate and fewness of beats; see uncertainty.py.
INTERVALS_Q8 = (
    (53307, 235, 0, 0, 129, 0),  # pr
    (0, 814, 0, 683, 217, 500),  # qrs
    (9835, 1094, 0, 1050, 0, 1694),  # qt
)
