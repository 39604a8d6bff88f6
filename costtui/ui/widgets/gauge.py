"""Budget gauges: what is spent in words, and a bar below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from rich.style import Style

from costtui.ui.widgets.canvas import Piece
from costtui.ui.widgets.fit import cells, cut, fit
from costtui.ui.widgets.pick_list import PickList

_BOLD = Style(bold=True)
LEVEL_TONES = {"OK": "ok", "FAST": "accent", "WARN": "warn", "OVER": "error"}


@dataclass(frozen=True, slots=True)
class GaugeState:
    """One budget: texts as they are shown, and fractions of the limit."""

    key: str
    label: str
    """``everything / day``."""
    figure: str
    """``$41.27 of $50.00``."""
    percent: str
    """``83 %``."""
    level: str
    """OK, FAST, WARN or OVER."""
    spent: float = 0.0
    reserved: float = 0.0
    """What calls in flight may still cost, on top of spent."""
    warning: float = 0.8
    projection: float | None = None
    """Where spending will be at the end of the period, None if not known."""
    tail: str = ""
    """Pace, exhaustion, reservations: what follows the level."""


class BudgetGauge(PickList):
    """Shows budgets, two lines each; one line each where the room is short."""

    row_lines = 2

    def __init__(
        self, *, empty: str = "no budgets", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(empty=empty, id=id, classes=classes)
        self._states: Sequence[GaugeState] = ()

    def show(self, states: Sequence[GaugeState]) -> None:
        """Show budgets in the order given; the cursor stays on its budget."""
        if states == self._states:
            return
        key, count = self.cursor_key, len(self._states)
        self._states, self._keys = states, [state.key for state in states]
        if key in self._keys and self.view.cursor:
            self.view.cursor = self._keys.index(key)
        self.lay_out()
        self._tell_highlighted()
        self.refresh(layout=len(states) != count)

    def copy_text(self) -> str:
        """Return the budget under the cursor in words."""
        if not self._states:
            return ""
        state = self._states[self.view.cursor]
        return "  ".join(filter(None, (state.label, state.figure, state.percent, state.level, state.tail)))

    def draw_row(self, index: int, line: int, width: int) -> Iterable[Piece]:
        """Return the words of a budget, or its bar."""
        state = self._states[index]
        if line == 1:
            return self._draw_bar(state, width)
        label_width = min(max(cells(state.label) for state in self._states), max(width // 3, 8))
        figure_width = max(cells(state.figure) for state in self._states)
        return self._draw_words(state, label_width, figure_width, width)

    def lay_out(self) -> None:
        """Give each budget two lines where they all have room, else one."""
        self.row_lines = 2 if self.size.height >= 2 * len(self._states) else 1
        super().lay_out()

    def _draw_words(
        self, state: GaugeState, label_width: int, figure_width: int, width: int
    ) -> Iterable[Piece]:
        tones, level = self.palette, self.palette[LEVEL_TONES.get(state.level, "")]
        used = label_width + 2 + figure_width + 2 + 5 + 2 + cells(state.level)
        yield fit(state.label, label_width) + "  ", tones[""]
        yield fit(state.figure, figure_width, "right") + "  ", tones["money"]
        yield fit(state.percent, 5, "right") + "  ", level
        yield state.level, level + _BOLD
        room = width - used - 2
        if self.row_lines == 1 and room >= 12:
            yield "  ", tones[""]
            yield from self._draw_bar(state, min(room, 30))
            room -= min(room, 30) + 2
        if state.tail and room > 3:
            yield "  " + cut(state.tail, room), tones["muted"]

    def _draw_bar(self, state: GaugeState, width: int) -> Iterable[Piece]:
        """Return spent solid, reserved hatched, a tick at the warning mark, a ghost at the projection."""
        tones, level = self.palette, self.palette[LEVEL_TONES.get(state.level, "primary")]
        spent, reserved = _halves(state.spent, width), _halves(state.spent + state.reserved, width)
        warning = _cell(state.warning, width)
        ghost = None if state.projection is None else _cell(state.projection, width)
        for column in range(width):
            if column * 2 + 2 <= spent:
                yield "━", level
            elif column * 2 < reserved:
                yield "╍", level
            elif column * 2 < spent:
                yield "╸", level
            elif column == warning:
                yield "┃", tones["warn"]
            elif column == ghost:
                yield (
                    ("◆" if state.projection is not None and state.projection <= 1 else "▶"),
                    tones["strong"],
                )
            else:
                yield "─", tones["faint"]


def _halves(fraction: float, width: int) -> int:
    """Return how many half cells a fraction fills; a little is never drawn as nothing."""
    if not isfinite(fraction):
        return 0
    halves = min(max(round(fraction * width * 2), 0), width * 2)
    return max(halves, 1) if fraction > 0 else halves


def _cell(fraction: float, width: int) -> int:
    return min(max(int(fraction * width), 0), width - 1) if isfinite(fraction) else width - 1
