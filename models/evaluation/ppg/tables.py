"""Tables of PPG figures."""

from __future__ import annotations

from ..core.report.section import Methods, Section, having
from ..core.report.texts import number, percent, signed
from .truth import UNITS


def readings_table(methods: Methods) -> Section:
    """Errors of each reading, and what was refused."""
    rows = [
        (
            f"{method}: {name}, {UNITS[name]}",
            *(str(figures["n"]), number(figures["mae"], 2), signed(figures["bias"], 2), number(figures["p95"], 2)),
            percent(figures["refused_fraction"]),
        )
        for method, readings in having(methods, "readings")
        for name, figures in readings.items()
    ]
    return Section("Readings against the reference", ("reading", "n", "MAE", "bias", "p95", "refused %"), rows)


TABLES = (readings_table,)
