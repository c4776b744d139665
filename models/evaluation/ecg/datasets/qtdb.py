"""QT Database 1.0.0: two leads of 15 min (or a piece), 30 to 100 beats of each record marked for both together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from ...core.choosing import pick
from ...core.dataset import Case, Split
from ...core.errors import CaseError
from ..truth import Marks, Truth
from . import labels
from .annotations import beats, fibrillation, is_paced, read_annotations, waves
from .wfdb_set import WfdbSet

_FIRST_S = 1.0
#: The set is sampled at this rate, whatever a file of marks says.
_FS = 250.0
#: Every fourth of its 105 records in order of name.
HELD_OUT = frozenset((
    "sel104", "sel123", "sel15814", "sel16420", "sel16786", "sel213", "sel231", "sel301", "sel308", "sel33", "sel37",
    "sel41", "sel45", "sel49", "sel803", "sel821", "sel871", "sel891", "sele0110", "sele0116", "sele0126", "sele0166",
    "sele0211", "sele0409", "sele0604", "sele0612",
))  # fmt: skip


class Qtdb(WfdbSet):
    """QTDB: `.q1c` are the first expert's marks, `.q2c` the second's, `.atr` beats."""

    name = "qtdb"
    url = "https://physionet.org/content/qtdb/"
    patterns = ("*.q1c",)
    splits: ClassVar[dict[str, Split]] = {
        "held-out": lambda record: record in HELD_OUT,
        "development": lambda record: record not in HELD_OUT,
    }
    contrasts = labels.CONTRASTS

    def records(self) -> list[str]:
        """All names, in order."""
        return sorted(path.stem for path in self.folder.glob("*.q1c"))

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """Both channels, or those wanted."""
        there = self.names(record)
        names = pick(record, there, wanted, [str(number) for number in range(1, len(there) + 1)])
        return [Case(record, name, f"channel {there.index(name) + 1}") for name in names]

    def truth(self, case: Case) -> Truth:
        """The first expert's waves, the second's, and all beats where there are any."""
        path = self.path(case.record)
        marked = waves(read_annotations(path, "q1c", _FS))
        if not marked:
            raise CaseError(f"{path}.q1c: marks no beat")
        return Truth(
            waves=marked,
            every_beat=False,
            second=self._second(path),
            labels=labels.from_marks(marked),
            **self._rhythm(case.record),
        )

    def _second(self, path: Path) -> tuple[Marks, ...]:
        return waves(read_annotations(path, "q2c", _FS)) if path.with_suffix(".q2c").is_file() else ()

    def _rhythm(self, record: str) -> dict[str, Any]:
        """What the `.atr` file says, which not every record has."""
        path = self.path(record)
        if not path.with_suffix(".atr").is_file():
            return {}
        marks = read_annotations(path, "atr", _FS)
        length_s = self.length_s(record)
        return {
            "peaks": beats(marks),
            "scopes": {"from the first second": ((_FIRST_S, length_s),)},
            "fibrillation": fibrillation(marks, length_s),
            "paced": is_paced(marks),
        }
