"""Made by `make gen` from models/uncertainty/u95.json."""

#: Of PR, QRS and QT, in 0.1 ms (Q8): constant, then for each of uncertainty of edges, spread, lost quality,
#: rate and fewness of beats; see uncertainty.py.
INTERVALS_Q8 = (
    (22985, 34, 31, 45, 407, 998),  # pr
    (22148, 683, 0, 194, 213, 0),  # qrs
    (73999, 311, 0, 251, 16, 1128),  # qt
)
