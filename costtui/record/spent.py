"""What the calls of a run that is being recorded add up to, by node."""

from dataclasses import dataclass, field

from costtui.facts import Call, CostSource

_TRUST = tuple(CostSource)


@dataclass(slots=True)
class Spending:
    """Running totals of some calls."""

    cost_nano: int = 0
    """Sum of the known costs."""
    calls: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, call: Call) -> None:
        """Add a call."""
        self.calls += 1
        self.cost_nano += call.cost.nano or 0
        self.unpriced += call.cost.nano is None
        self.input_tokens += call.usage.input_tokens or 0
        self.output_tokens += call.usage.output_tokens or 0


@dataclass(slots=True)
class Spent:
    """What a run has spent so far: in total and by node."""

    total: Spending = field(default_factory=Spending)
    nodes: dict[str, Spending] = field(default_factory=dict)
    source: CostSource | None = None
    """The least trustworthy source of the known costs."""

    def add(self, call: Call) -> None:
        """Add a call."""
        self.total.add(call)
        self.nodes.setdefault(call.node, Spending()).add(call)
        source = call.cost.source
        if call.cost.nano is not None and source is not self.source:
            self.source = max(source, self.source or source, key=_TRUST.index)
