"""Tables of R peaks, P peaks and kinds of beats."""

from __future__ import annotations

from ...core.report.section import Figures, Methods, Section, having
from ...core.report.texts import percent
from ..scoring.peaks import PREDICTIONS


def peaks_table(methods: Methods) -> Section:
    """R peaks in each scope."""
    rows = [
        (f"{method}: {scope}", *_hit_cells(score))
        for method, scopes in having(methods, "peaks")
        for scope, score in scopes.items()
    ]
    return Section("R peaks within 150 ms, gross", ("R peaks", "beats", "missed", "extra", "Se %", "PPV %"), rows)


def _hit_cells(score: Figures) -> tuple[str, ...]:
    counts = (score["hit"] + score["missed"], score["missed"], score["extra"])
    return (*map(str, counts), percent(score["se"], 3), percent(score["ppv"], 3))


def p_peaks_table(methods: Methods) -> Section:
    """P peaks."""
    rows = [(method, *_hit_cells(score)) for method, score in having(methods, "p_peaks")]
    return Section("P peaks within 150 ms, gross", ("P peaks", "marked", "missed", "extra", "Se %", "PPV %"), rows)


def kinds_table(methods: Methods) -> Section:
    """What beats of each kind were called."""
    rows = []
    for method, kinds in having(methods, "kinds"):
        for kind, said in kinds["confusion"].items():
            if kind == "/":
                continue
            rates = kinds["rates"].get(kind, {"se": None, "ppv": None})
            counts = (str(said[prediction]) for prediction in PREDICTIONS)
            rows.append((f"{method}: {kind}", *counts, percent(rates["se"]), percent(rates["ppv"])))
    head = ("kind, and what it was called", "N", "S", "V", "paced", "unknown", "missed", "Se %", "PPV %")
    return Section("Kinds of beats, records without a pacemaker", head, rows)


def paced_table(methods: Methods) -> Section:
    """What beats of records with a pacemaker were called; rates of paced beats are of all records."""
    rows = []
    for method, kinds in having(methods, "kinds"):
        for kind, said in kinds["paced"].items():
            if not any(said.values()):
                continue
            rates = kinds["paced_rate"] if kind == "/" else {"se": None, "ppv": None}
            counts = (str(said[prediction]) for prediction in PREDICTIONS)
            name = "paced" if kind == "/" else kind
            rows.append((f"{method}: {name}", *counts, percent(rates["se"]), percent(rates["ppv"])))
    head = ("kind, and what it was called", "N", "S", "V", "paced", "unknown", "missed", "Se %", "PPV %")
    return Section("Kinds of beats, records with a pacemaker", head, rows)


def fibrillation_table(methods: Methods) -> Section:
    """P where there is none."""
    rows = [
        (method, str(score["beats"]), str(score["with_p"]), percent(score["fraction"]))
        for method, score in having(methods, "fibrillation")
    ]
    return Section("P in atrial fibrillation", ("P in atrial fibrillation", "beats", "with P", "%"), rows)
