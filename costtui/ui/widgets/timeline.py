"""Steps of a run as bars on one time axis: what ran when, and what ran side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from costtui import format
from costtui.ui.widgets.canvas import Piece
from costtui.ui.widgets.fit import cells, cut, fit
from costtui.ui.widgets.pick_list import PickList

_EIGHTHS = "▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: where it begins and ends, and what it says."""

    key: str
    label: str
    start_us: int
    end_us: int | None
    """None: still running."""
    lane: int = 0
    """Depth of nesting: the label is indented by it."""
    text: str = ""
    """What stands behind the bar, such as duration and cost."""
    tone: str = "primary"


class Timeline(PickList):
    """Shows one bar a line, in the order given."""

    header_lines = 1

    def __init__(
        self, *, empty: str = "no steps recorded", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(empty=empty, id=id, classes=classes)
        self._bars: Sequence[Bar] = ()
        self._now_us = 0

    def show(self, bars: Sequence[Bar], now_us: int) -> None:
        """Show steps; those still running reach until now."""
        if bars == self._bars and all(bar.end_us is not None for bar in bars):
            return
        key, count = self.cursor_key, len(self._bars)
        self._bars, self._keys, self._now_us = bars, [bar.key for bar in bars], now_us
        if key in self._keys:
            self.view.cursor = self._keys.index(key)
        self.lay_out()
        self._tell_highlighted()
        self.refresh(layout=len(bars) != count)

    def copy_text(self) -> str:
        """Return the step under the cursor in words."""
        bar = self._bars[self.view.cursor] if self._bars else None
        return f"{bar.label}\t{bar.text}" if bar else ""

    def draw_header(self, width: int) -> Iterable[Piece]:
        """Return the time axis: beginning, middle and end as durations."""
        label, track, _ = self._rooms(width - 1)
        start, end = self._ends()
        length = (end - start) / 1000
        if not self._bars or track < 16:
            return
        middle, last = "┬" + format.duration(length / 2), format.duration(length) + "┐"
        half = track // 2
        axis = "┌0" + "─" * (half - 2) + middle
        axis += "─" * (track - cells(axis) - cells(last)) + last
        yield " " * (1 + label + 1) + cut(axis, track), self.palette["muted"]

    def draw_row(self, index: int, line: int, width: int) -> Iterable[Piece]:
        """Return label, bar and text of a step."""
        bar, tones = self._bars[index], self.palette
        label, track, text = self._rooms(width)
        yield fit(" " * min(bar.lane, 8) + bar.label, label) + " ", tones[""]
        yield from self._draw_track(bar, track)
        if text:
            yield " " + fit(bar.text, text, "right"), tones["muted"]

    def _draw_track(self, bar: Bar, width: int) -> Iterable[Piece]:
        start, end = self._ends()
        scale = width * 8 / max(end - start, 1)
        first = int((bar.start_us - start) * scale)
        last = int(((self._now_us if bar.end_us is None else bar.end_us) - start) * scale)
        begin = min(max(first // 8, 0), width - 1)
        eighths = min(max(last - begin * 8, 1), (width - begin) * 8)
        solid = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")
        if bar.end_us is None:
            solid = solid[:-1] + "▶"
        tones = self.palette
        yield "·" * begin, tones["faint"]
        yield solid, tones[bar.tone]
        yield "·" * (width - begin - len(solid)), tones["faint"]

    def _ends(self) -> tuple[int, int]:
        starts = [bar.start_us for bar in self._bars] or [0]
        ends = [self._now_us if bar.end_us is None else bar.end_us for bar in self._bars] or [1]
        return min(starts), max(*ends, min(starts) + 1)

    def _rooms(self, width: int) -> tuple[int, int, int]:
        """Share a width among label, track and text."""
        label = min(max((cells(bar.label) + min(bar.lane, 8) for bar in self._bars), default=0), width // 4)
        text = max((cells(bar.text) for bar in self._bars), default=0)
        if width - label - text - 2 < 12:
            text = 0
        return label, max(width - label - 1 - (text + 1 if text else 0), 1), text
