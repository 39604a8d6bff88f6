"""A chart of values over time: an area of braille dots, a threshold, and axes in words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rich.style import Style
from textual.geometry import Size

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells, cut, fit
from costtui.ui.widgets.plot import area, nice_ceiling
from costtui.ui.widgets.time_axis import time_ticks

_FULL = (0xFF, 0x47, 0xB8)
"""Both columns of a braille cell, the left one, the right one."""
_LOWEST = 0xC0
_DIM = Style(dim=True)


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: one value for each bucket between two edges."""

    edges_us: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    """One fewer than edges; None: not known, a gap."""
    threshold: float | None = None
    """A level that is drawn as a line, such as a budget; the chart reaches up to it."""
    threshold_label: str = ""
    y_format: Callable[[float], str] = "{:g}".format
    zone: tzinfo = UTC
    tone: str = "primary"
    empty: str = "no calls in this window"
    marks: tuple[int, ...] = ()
    """Places of values that have a ▲ below them."""
    open_end: bool = False
    """Whether the last value is an estimate, and is written as one."""


class LineChart(Canvas):
    """Draws a chart in whatever room there is."""

    DEFAULT_CSS = "LineChart { height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._chart = Chart()
        self._picture: list[list[Piece]] | None = None

    def show(self, chart: Chart) -> None:
        """Draw another chart."""
        if chart != self._chart:
            self._chart, self._picture = chart, None
            self.refresh()

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return a line of the picture, which is made once for a chart and a size."""
        if self._picture is None:
            self._picture = self._paint(self.size)
        return self._picture[y] if y < len(self._picture) else ()

    def lay_out(self) -> None:
        """Paint for the size, when it is drawn."""
        self._picture = None

    def notify_style_update(self) -> None:
        """Paint in the new tones."""
        self._picture = None
        super().notify_style_update()

    def _paint(self, size: Size) -> list[list[Piece]]:
        chart, tones = self._chart, self.palette
        known = [value for value in chart.values if value is not None]
        if not known or size.height < 2:
            middle = max((size.height - 1) // 2, 0)
            words = cut(chart.empty, size.width).center(size.width)
            return [[] if line != middle else [(words, tones["muted"])] for line in range(size.height)]
        top = nice_ceiling(max(*known, chart.threshold or 0.0, 0.0))
        rows = size.height - 1
        labels = _y_labels(rows, top, chart.y_format)
        margin = max((cells(label) for label in labels if label), default=0)
        last = ("≈" if chart.open_end and known[-1] else "") + chart.y_format(known[-1])
        width = size.width - margin - 2 - (cells(last) + 1)
        if width < 8:
            margin, last, labels, width = 0, "", [None] * rows, size.width - 2
        plot = self._plot(width, rows, top)
        last_row = rows - 1 - min(int(known[-1] / top * rows), rows - 1)
        lines: list[list[Piece]] = []
        for row in range(rows):
            label = labels[row]
            axis = (f"{fit(label or '', margin, 'right')} {'┤' if label else '│'}", tones["muted"])
            end = (" " + last, tones["strong"]) if last and row == last_row else ("", tones[""])
            lines.append([axis, *plot[row], end])
        lines.append([(" " * (margin + 1) + "└", tones["muted"]), *self._x_axis(width)])
        return lines

    def _plot(self, width: int, rows: int, top: float) -> list[list[Piece]]:
        """Return the lines of the area with the threshold behind it."""
        chart, tones = self._chart, self.palette
        edge, inside, line = tones[chart.tone], tones[chart.tone] + _DIM, tones["warn"]
        limit = (
            None if chart.threshold is None else rows - 1 - min(int(chart.threshold / top * rows), rows - 1)
        )
        grid = area(chart.values, width, rows, top)
        lines: list[list[Piece]] = []
        for row, bits in enumerate(grid):
            above = grid[row - 1] if row else [0] * width
            pieces = [
                (chr(0x2800 + bit), inside if _covered(bit, above[column]) else edge) if bit else (" ", line)
                for column, bit in enumerate(bits)
            ]
            if row == limit:
                pieces = [(text if text != " " else "╌", style) for text, style in pieces]
                label = f" {chart.threshold_label} " if chart.threshold_label else ""
                if cells(label) == len(label) <= width - 4:
                    pieces[2 : 2 + len(label)] = [(letter, line) for letter in label]
            lines.append(_merged(pieces))
        return lines

    def _x_axis(self, width: int) -> list[Piece]:
        chart, tones = self._chart, self.palette
        text = ["─"] * width
        if len(chart.edges_us) >= 2:
            for cell, label in time_ticks(chart.edges_us[0], chart.edges_us[-1], chart.zone, width):
                text[cell : cell + len(label)] = label
        marked = {place * width // len(chart.values) for place in chart.marks}
        return _merged(
            ("▲", tones["error"]) if cell in marked else (letter, tones["muted"])
            for cell, letter in enumerate(text)
        )


def _y_labels(rows: int, top: float, y_format: Callable[[float], str]) -> list[str | None]:
    """Return a label for the first, the last and, where there is room, the middle row."""
    labels: list[str | None] = [None] * rows
    labels[-1] = y_format(0.0)
    if rows >= 5:
        labels[rows // 2] = y_format(top / 2)
    if rows >= 2:
        labels[0] = y_format(top)
    return labels


def _covered(bits: int, above: int) -> bool:
    """Return whether a cell lies inside the area: full as far as it goes, with more above."""
    lowest = bits & _LOWEST
    return bits in _FULL and above & lowest == lowest


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Join neighbours of one style: fewer segments to paint."""
    merged: list[Piece] = []
    for text, style in pieces:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        else:
            merged.append((text, style))
    return merged
