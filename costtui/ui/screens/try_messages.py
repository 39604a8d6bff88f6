"""What the threads that plan and make calls tell the pages that wait for them."""

from textual.message import Message

from costtui.view.matrix import Grid, Matrix
from costtui.view.trial import Choices, Outcome, Plan, Tally


class Planned(Message):
    """What a call would be is known."""

    def __init__(self, choices: Choices | None, plan: Plan) -> None:
        super().__init__()
        self.choices, self.plan = choices, plan


class PieceCame(Message):
    """A piece of the answer has come."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Counted(Message):
    """Another call of a series is done."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally


class Fired(Message):
    """The call, or the series, is over."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Looked(Message):
    """What the cells of a matrix are served is known."""

    def __init__(self, grid: Grid, matrix: Matrix) -> None:
        super().__init__()
        self.grid, self.matrix = grid, matrix


class Called(Message):
    """The calls of a matrix are over."""

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self.matrix = matrix


class ContextKept(Message):
    """A context was kept or deleted, or could not be."""

    def __init__(self, choices: Choices | None, name: str, told: str, *, bad: bool = False) -> None:
        super().__init__()
        self.choices, self.name, self.told, self.bad = choices, name, told, bad
