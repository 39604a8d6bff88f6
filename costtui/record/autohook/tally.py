"""What the calls of one program add up to, in one line."""

from costtui.facts import Call, CostSource, Status
from costtui.format import count, money


class Tally:
    """Calls, money and tokens so far."""

    def __init__(self) -> None:
        self.calls = 0
        self.errors = 0
        self.refused = 0
        """Requests that were not made, because a budget had no room for them."""
        self.unpriced = 0
        self.estimated = 0
        self.cost_nano = 0
        self.input_tokens = 0
        self.output_tokens = 0

    def add(self, call: Call) -> None:
        """Add a call."""
        self.calls += 1
        self.errors += call.status == Status.ERROR
        self.unpriced += call.cost.nano is None
        self.estimated += call.cost.source == CostSource.HEURISTIC
        self.cost_nano += call.cost.nano or 0
        self.input_tokens += call.usage.input_tokens or 0
        self.output_tokens += call.usage.output_tokens or 0

    def line(self) -> str:
        """Return the figures in words: ``12 calls · $0.0123 · 4,210 tokens in, 812 out · 2 unpriced``."""
        about = "≈" if self.estimated else ""
        parts = [
            f"{count(self.calls)} call{'' if self.calls == 1 else 's'}",
            f"{about}{money(self.cost_nano)}" if self.calls > self.unpriced else "cost unknown",
            f"{count(self.input_tokens)} tokens in, {count(self.output_tokens)} out",
        ]
        parts += [f"{count(self.unpriced)} unpriced"] * bool(self.unpriced)
        parts += [f"{count(self.errors)} failed"] * bool(self.errors)
        parts += [f"{count(self.refused)} refused for a budget"] * bool(self.refused)
        return " · ".join(parts)
