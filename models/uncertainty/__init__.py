"""How sure each ECG reading is: coefficients of its expanded uncertainty, chosen on people not learned from."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
#: What is committed: coefficients as the firmware has them, and the coverage they reach.
COEFFICIENTS = HERE / "u95.json"
ANSWERS = HERE / "answers.csv"
CARD = HERE / "card.md"
