"""Made by `make gen` from models/spo2/curves/*.json."""

#: By the setting spo2_curve: SpO2 in 0.01 % at a ratio of 0, how it changes with the ratio and its square;
#: least saturation that is known, u95 (both 0.1 %; 0: not known); whether a study calibrated it.
CURVES = (
    (11200, -3400, 0, 700, 58, 0),  # oxiwear
    (11000, -2500, 0, 700, 0, 0),  # textbook
    (11269, -3466, 160, 700, 0, 0),  # an6845
    (9484, 3035, -4506, 700, 0, 0),  # maxrefdes117
)
