"""A report as text for a terminal, and as Markdown."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from costtui.report.document import Block, Chart, Column, Document, Facts, Grid, Note
from costtui.text import shorten

_BAR = 40
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_CELL = 60
_SENTENCE = 40
"""A last column that is wider is one of sentences."""
_CHART_ROWS = 31
_SPARKS = "▁▂▃▄▅▆▇█"


def as_text(document: Document) -> str:
    """Return a report as plain text."""
    parts = [f"{document.title}\n{document.subtitle}"]
    parts += ["\n".join(_text_of(block)) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def as_markdown(document: Document) -> str:
    """Return a report as Markdown."""
    parts = [f"# {document.title}", _escaped(document.subtitle)]
    parts += ["\n".join(_markdown_of(block)) for block in document.blocks]
    return "\n\n".join(parts) + "\n"


def _text_of(block: Block) -> Iterable[str]:
    if isinstance(block, Note):
        return [("! " if block.warning else "") + block.text]
    if isinstance(block, Facts):
        width = max(cell_len(fact.label) for fact in block.facts)
        lines = [f"{_padded(fact.label, width)}  {fact.text}" for fact in block.facts]
        return [block.title, *lines] if block.title else lines
    if isinstance(block, Chart):
        return [block.title, *_chart(block)]
    return [block.title, *_columns(block)]


def _chart(chart: Chart) -> Iterable[str]:
    if not chart.bars or len(chart.values) > _CHART_ROWS:
        yield from _spark_lines(chart)
        return
    highest = max((value or 0 for value in chart.values), default=0)
    width = max(cell_len(label) for label in chart.labels) if chart.labels else 0
    for name, value, label in zip(chart.names, chart.values, chart.labels, strict=True):
        yield f"{name}  {label:>{width}}  {_bar(value or 0, highest)}".rstrip()


def _spark_lines(chart: Chart) -> Iterable[str]:
    """Return a long chart as one row of blocks, and its ends in words."""
    known = [
        (value, label) for value, label in zip(chart.values, chart.labels, strict=True) if value is not None
    ]
    if not known:
        return
    (low, low_label), (high, high_label) = min(known), max(known)
    if chart.bars:
        low = 0.0
    scale = (len(_SPARKS) - 1) / (high - low) if high > low else 0
    line = "".join(" " if value is None else _SPARKS[round((value - low) * scale)] for value in chart.values)
    yield from (line[start : start + 100] for start in range(0, len(line), 100))
    yield f"{chart.names[0]} to {chart.names[-1]}, lowest {low_label}, highest {high_label}"


def _bar(value: float, highest: float) -> str:
    eighths = round(8 * _BAR * value / highest) if highest else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _columns(grid: Grid) -> Iterable[str]:
    """Return a table in columns; a last column of sentences stands below each row instead."""
    rows = [[_short(text) for text in row] for row in grid.cells]
    below = bool(rows) and not grid.columns[-1].right and max(cell_len(row[-1]) for row in rows) > _SENTENCE
    columns = grid.columns[:-1] if below else grid.columns
    heads = [column.title for column in columns]
    widths = [max(map(cell_len, texts)) for texts in zip(heads, *rows, strict=False)]
    yield _line(heads, widths, columns)
    yield "  ".join("─" * width for width in widths)
    for row in rows:
        yield _line(row, widths, columns)
        if below:
            yield f"    {row[-1]}"


def _line(texts: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    cells = zip(texts, widths, columns, strict=False)
    return "  ".join(_padded(text, width, right=column.right) for text, width, column in cells).rstrip()


def _short(text: str) -> str:
    return shorten(text, 3 * _LONGEST_CELL if " " in text else _LONGEST_CELL)


def _padded(text: str, width: int, *, right: bool = False) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def _markdown_of(block: Block) -> Iterable[str]:
    if isinstance(block, Note):
        return [("**Warning:** " if block.warning else "") + _escaped(block.text)]
    if isinstance(block, Facts):
        rows = [(fact.label, fact.text) for fact in block.facts]
        heading = [f"## {_escaped(block.title)}", ""] if block.title else []
        return [*heading, *_markdown_table(("figure", "value"), (False, True), rows)]
    if isinstance(block, Chart):
        rows = list(zip(block.names, block.labels, strict=True))
        return [f"## {_escaped(block.title)}", "", *_markdown_table(("", "value"), (False, True), rows)]
    heads = tuple(column.title for column in block.columns)
    sides = tuple(column.right for column in block.columns)
    return [f"## {_escaped(block.title)}", "", *_markdown_table(heads, sides, block.cells)]


def _markdown_table(
    heads: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]
) -> Iterable[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if one else '---' for one in right)}|"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text
