"""A report as one HTML file with charts: no script, nothing loaded from elsewhere."""

from collections.abc import Iterable
from html import escape

from costtui.report.document import Block, Chart, Document, Facts, Grid, Note

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --paper: #fcfcfd;
  --card: #fff; --accent: #0d7377; --warn: #ad5700; --warn-paper: #fff4e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f;
  --paper: #111113; --card: #18191b; --accent: #4fd1c5; --warn: #ffb366; --warn-paper: #331e0b; } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
section + section { margin-top: 4rem } h1 { margin: 0; font-size: 1.6rem } h2 { margin: 2.2rem 0 .6rem; font-size: 1.1rem }
.under { color: var(--soft); margin: .2rem 0 1.5rem; overflow-wrap: anywhere }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem; margin: 0 }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem }
.facts dt { color: var(--soft); font-size: .8rem } .facts dd { margin: 0; font-size: 1.1rem; font-weight: 600 }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--card) }
table { border-collapse: collapse; width: 100%; font-size: .88rem }
th, td { padding: .4rem .7rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap }
tr:last-child td { border-bottom: 0 } th { color: var(--soft); font-weight: 500 }
td:last-child { white-space: normal } .right { text-align: right; font-variant-numeric: tabular-nums }
.note { color: var(--soft) } .warning { color: var(--warn); background: var(--warn-paper); padding: .6rem .8rem;
  border-radius: .5rem }
svg { width: 100%; height: auto; display: block } .bar { fill: var(--accent) } .axis { stroke: var(--line) }
.curve { fill: none; stroke: var(--accent); stroke-width: 2 } text { fill: var(--soft); font-size: 11px }
"""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 1000, 240, 70, 12, 24


def as_html(documents: Iterable[Document]) -> str:
    """Return reports as one HTML page."""
    found = list(documents)
    body = "".join(_report(document) for document in found)
    title = escape(" · ".join(document.title for document in found))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _report(document: Document) -> str:
    blocks = "".join(_block(block) for block in document.blocks)
    return (
        f"<section>\n<h1>{escape(document.title)}</h1>\n"
        f'<p class="under">{escape(document.subtitle)}</p>\n{blocks}</section>\n'
    )


def _block(block: Block) -> str:
    if isinstance(block, Note):
        return f'<p class="{"warning" if block.warning else "note"}">{escape(block.text)}</p>\n'
    if isinstance(block, Facts):
        facts = "".join(
            f"<div><dt>{escape(fact.label)}</dt><dd>{escape(fact.text)}</dd></div>" for fact in block.facts
        )
        return f'{_heading(block.title)}<dl class="facts">{facts}</dl>\n'
    title = _heading(block.title)
    if isinstance(block, Chart):
        return title + _chart(block)
    return f'{title}<div class="table">{_table(block)}</div>\n'


def _heading(title: str) -> str:
    return f"<h2>{escape(title)}</h2>\n" if title else ""


def _table(grid: Grid) -> str:
    classes = [' class="right"' if column.right else "" for column in grid.columns]
    heads = "".join(
        f"<th{one}>{escape(column.title)}</th>" for column, one in zip(grid.columns, classes, strict=True)
    )
    rows = "".join(
        f"<tr>{''.join(f'<td{one}>{escape(text)}</td>' for text, one in zip(row, classes, strict=True))}</tr>\n"
        for row in grid.cells
    )
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"


def _chart(chart: Chart) -> str:
    known = [value for value in chart.values if value is not None]
    high = max(known, default=0.0) or 1.0
    step = (_WIDTH - _LEFT) / max(len(chart.values), 1)
    floor = _HEIGHT - _BOTTOM

    def height(value: float) -> float:
        return (floor - _TOP) * max(value, 0) / high

    marks = []
    curve: list[str] = []
    for place, (name, value, label) in enumerate(zip(chart.names, chart.values, chart.labels, strict=True)):
        if value is None:
            continue
        x = _LEFT + place * step
        if chart.bars:
            marks.append(
                f'<rect class="bar" x="{x + step * 0.1:.1f}" y="{floor - height(value):.1f}" width="{step * 0.8:.1f}" '
                f'height="{height(value):.1f}"><title>{escape(name)}: {escape(label)}</title></rect>'
            )
        else:
            curve.append(f"{x + step / 2:.1f},{floor - height(value):.1f}")
    if curve:
        marks.append(f'<polyline class="curve" points="{" ".join(curve)}"/>')
    highest = next(
        (label for value, label in zip(chart.values, chart.labels, strict=True) if value == high), ""
    )
    ends = f"{_name(_LEFT, 'start', chart.names[:1])}{_name(_WIDTH, 'end', chart.names[-1:])}"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(chart.title)}">'
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{floor}" y2="{floor}"/>'
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{_TOP}" y2="{_TOP}" stroke-dasharray="3 4"/>'
        f'<text x="{_LEFT - 8}" y="{_TOP + 4}" text-anchor="end">{escape(highest)}</text>'
        f"{''.join(marks)}{ends}</svg>\n"
    )


def _name(x: int, anchor: str, names: tuple[str, ...]) -> str:
    return "".join(
        f'<text x="{x}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{escape(name)}</text>' for name in names
    )
