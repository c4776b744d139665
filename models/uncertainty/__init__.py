"""How sure each ECG reading is: coefficients of its expanded uncertainty, chosen on people not learned from."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: What is committed: coefficients as the firmware has them, and the coverage they reach.
COEFFICIENTS = HERE / "u95.json"
ANSWERS = HERE / "answers.csv"
CARD = HERE / "card.md"


def update_coefficients(**parts: Any) -> None:
    """Put these parts of `u95.json` in place of what they were; the others stay."""
    content = json.loads(COEFFICIENTS.read_text(encoding="utf-8")) | parts
    COEFFICIENTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
