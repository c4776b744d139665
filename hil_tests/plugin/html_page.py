"""The summary of a run as one HTML file that needs no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Result

_STYLE = (
    "body{font:14px sans-serif;margin:2em;max-width:80em}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
    "pre{margin:0;white-space:pre-wrap}.passed{color:#070}.failed,.error{color:#b00}.skipped,.xfailed{color:#666}"
)


def html_page(results: Sequence[Result], facts: Mapping[str, str]) -> str:
    """The page: what the run was of, and each test with its device, measurements and folder."""
    counts = Counter(result.outcome for result in results)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no tests"
    facts_shown = ((escape(name), escape(value)) for name, value in facts.items())
    head = "".join(f"<tr><th>{name}</th><td><code>{value}</code></td></tr>" for name, value in facts_shown)
    ordered = sorted(results, key=lambda result: result.outcome not in ("failed", "error"))
    rows = "".join(_row(result) for result in ordered)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Device tests</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>Device tests: {escape(summary)}</h1>\n<table>{head}</table>\n"
        "<table><tr><th>test</th><th>outcome</th><th>s</th><th>device</th><th>measurements</th><th>artifacts</th></tr>\n"
        f"{rows}</table></body></html>\n"
    )


def _row(result: Result) -> str:
    measured = "<br>".join(escape(_measurement(name, m)) for name, m in result.measured.items())
    folder = f'<a href="{escape(Path(result.folder).as_uri())}">folder</a>' if result.folder else ""
    text = f"<pre>{escape(result.text)}</pre>" if result.text else ""
    cells = [
        f"{escape(result.nodeid)}{text}",
        f'<span class="{result.outcome}">{result.outcome}</span>',
        f"{result.seconds:.2f}",
        escape(", ".join(result.devices)),
        measured,
        folder,
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def _measurement(name: str, m: Mapping[str, Any]) -> str:
    limits = [f"{word} {m[word]:g}" for word in ("min", "max", "baseline") if m.get(word) is not None]
    return f"{name} = {m['value']:g} {m['unit']}" + (f" ({', '.join(limits)})" if limits else "")
