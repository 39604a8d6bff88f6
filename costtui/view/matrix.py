"""Contexts × AI Configs: what each would be served, and on a second step what each call took and whether it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costtui.format import UNKNOWN, count, duration, exact_money, money
from costtui.money import nano, usd
from costtui.view.headline import Figure
from costtui.view.table import Field, Row, Table

MOST_CELLS = 400
_CALLED_WIDTHS = {"context": 0, "result": 25}
_SERVED_WIDTHS = {"context": 18}


@dataclass(frozen=True, slots=True)
class Grid:
    """Which contexts and which AI Configs: names, or patterns such as ``premium-*``."""

    contexts: tuple[str, ...] = ()
    """Empty: those that are listed."""
    configs: tuple[str, ...] = ()
    """Empty: all that there are."""
    prompt: str = ""
    model: str = ""
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class GridCell:
    """One context and one AI Config."""

    context: str
    about: str
    """The context in a few words."""
    config: str
    variation: str = ""
    reason: str = ""
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    calls: str = ""
    """``provider/model`` that a call would go to."""
    most_nano: int | None = None
    problem: str = ""
    """Why no call can be made, or why the one that was made failed."""
    made: bool = False
    cost_nano: int | None = None
    tracked_usd: float | None = None
    latency_ms: int | None = None
    verdict: str = ""
    tone: str = ""

    @property
    def key(self) -> str:
        """What the cell is known by."""
        return f"{self.context}\x1f{self.config}"

    def parameter_text(self) -> str:
        """Return the parameters of the model in words."""
        return ", ".join(f"{name} {value}" for name, value in sorted(self.parameters.items()))

    def record(self) -> dict[str, Any]:
        """Return the cell as plain values."""
        plan: dict[str, Any] = {
            "key": self.key,
            "context": self.context,
            "config": self.config,
            "variation": self.variation,
            "reason": self.reason,
            "model": self.model,
            "parameters": dict(self.parameters),
            "problem": self.problem,
        }
        if not self.made:
            return plan
        cost = None if self.cost_nano is None else float(usd(self.cost_nano))
        tracked = {"tracked_usd": self.tracked_usd, "verdict": self.verdict}
        return {**plan, "cost_usd": cost, "latency_ms": self.latency_ms, **tracked}


def _result(cell: GridCell) -> str:
    if cell.problem:
        return cell.problem
    return cell.verdict if cell.made else cell.reason


def _result_tone(cell: GridCell) -> str:
    return "error" if cell.problem else cell.tone if cell.made else "muted"


def _sized(table: Table[GridCell], widths: Mapping[str, int]) -> Table[GridCell]:
    return Table(*(replace(field, width=widths.get(field.id, field.width)) for field in table.fields))


TABLE: Table[GridCell] = Table(
    Field("context", "context", 15, lambda cell: cell.context, None, "strong", align="left", help="made for"),
    Field("config", "AI Config", 12, lambda cell: cell.config, None, align="left", priority=4, help="flag"),
    Field(
        "variation",
        "served",
        14,
        lambda cell: cell.variation or UNKNOWN,
        None,
        "accent",
        align="left",
        help="variation",
    ),
    Field(
        "model",
        "model",
        14,
        lambda cell: cell.model or UNKNOWN,
        None,
        align="left",
        priority=2,
        help="as served",
    ),
    Field(
        "parameters",
        "parameters",
        32,
        GridCell.parameter_text,
        None,
        "muted",
        align="left",
        priority=5,
        help="of the model, as served",
    ),
    Field(
        "cost",
        "cost",
        8,
        lambda cell: None if cell.cost_nano is None else float(usd(cell.cost_nano)),
        lambda cell: money(cell.cost_nano) if cell.made else "",
        "money",
        priority=1,
        help="of the call, once it was made",
    ),
    Field(
        "tracked",
        "tracked",
        8,
        lambda cell: cell.tracked_usd,
        lambda cell: exact_money(nano(cell.tracked_usd)) if cell.tracked_usd is not None else "",
        "money",
        priority=3,
        name="tracked_usd",
        help="cost that was tracked: simulated, what the tokens would cost at the rates that were served",
    ),
    Field(
        "latency",
        "latency",
        7,
        lambda cell: cell.latency_ms,
        lambda cell: duration(cell.latency_ms) if cell.latency_ms is not None else "",
        priority=1,
        help="of the call, once it was made",
    ),
    Field(
        "result",
        "why, or verdict",
        0,
        _result,
        None,
        _result_tone,
        align="left",
        least=24,
        help="why it is served; after a call whether it counts in the experiment",
    ),
)
"""Columns of the matrix."""
_PLANNED = TABLE.only("context", "config", "variation", "model", "parameters", "result")
SERVED: Table[GridCell] = _sized(_PLANNED, _SERVED_WIDTHS)
"""Before any call is made: why something is served is a sentence."""
CALLED: Table[GridCell] = _sized(TABLE, _CALLED_WIDTHS)
"""After calls: a verdict is short, and what a context is called may be long."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix, cell by cell."""

    cells: tuple[GridCell, ...] = ()
    problem: str = ""
    """Why there is none."""
    note: str = ""
    """What ended the calls before all were made."""

    @property
    def callable(self) -> tuple[GridCell, ...]:
        """Cells that can be called."""
        return tuple(cell for cell in self.cells if not cell.problem)

    @property
    def most_nano(self) -> int | None:
        """What calling all costs at most; None where a price is not known."""
        known = [cell.most_nano for cell in self.callable]
        return None if None in known else sum(nano or 0 for nano in known)

    def rows(self) -> tuple[Row, ...]:
        """Return the rows of the table."""
        return tuple(TABLE.row(cell.key, cell) for cell in self.cells)

    def headline(self) -> tuple[Figure, ...]:
        """Return how many are served what, and after calls what they took."""
        served: dict[str, int] = {}
        for cell in self.cells:
            name = cell.variation or "nothing"
            served[name] = served.get(name, 0) + 1
        figures = [Figure("cells", count(len(self.cells)), "contexts × AI Configs")]
        most = sorted(served.items(), key=lambda item: (-item[1], item[0]))
        figures += [Figure(name, count(number), "served") for name, number in most[:4]]
        made = [cell for cell in self.cells if cell.made]
        if made:
            known = [cell.cost_nano for cell in made if cell.cost_nano is not None]
            tracked = sum(cell.tracked_usd or 0.0 for cell in made)
            spent = money(sum(known)) if known else UNKNOWN
            clean = sum(cell.tone == "ok" for cell in made)
            figures.append(Figure("spent", spent, f"{count(len(made))} calls", "money"))
            figures.append(Figure("tracked", exact_money(nano(tracked)), "as metric", "money"))
            figures.append(
                Figure(
                    "counts?",
                    f"{count(clean)} of {count(len(made))}",
                    "attributed",
                    "ok" if clean == len(made) else "error",
                )
            )
        return tuple(figures)


def records(cells: Sequence[GridCell]) -> list[dict[str, Any]]:
    """Return cells as plain values."""
    return [cell.record() for cell in cells]
