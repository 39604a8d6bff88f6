"""What feedback says of a model on a node, and when it is enough to prefer a cheaper one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from costtui.facts import Call

MARGIN = 0.05
"""How much lower a cheaper model's mean score may be, with 95 % confidence, to count as just as good."""
_Z = 1.645


@dataclass(slots=True)
class Ratings:
    """Count, mean and spread of scores, added one by one (Welford)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, score: float) -> None:
        """Add a score of 0 to 1."""
        self.count += 1
        step = score - self.mean
        self.mean += step / self.count
        self.squares += step * (score - self.mean)

    def error(self) -> float:
        """Return the standard error of the mean; one more score in the middle keeps it above zero."""
        return sqrt((self.squares + 0.25) / (self.count + 1) / max(self.count, 1))


@dataclass(slots=True)
class Evidence:
    """Ratings by node and model."""

    ratings: dict[tuple[str, str], Ratings] = field(default_factory=dict)

    def add(self, node: str, reference: str, score: float) -> None:
        """Add a score of a model (``provider/model``) on a node."""
        self.ratings.setdefault((node, reference), Ratings()).add(score)

    def as_good(self, node: str, cheaper: str, usual: str, minimum: int) -> tuple[Ratings, Ratings] | None:
        """Return the ratings of both models where they show that the cheaper one does as well on this node.

        Each needs ``minimum`` rated answers, and the lower 95 % bound of the difference of means must lie above
        −0.05 (normal approximation, one-sided non-inferiority).
        """
        one, other = self.ratings.get((node, cheaper)), self.ratings.get((node, usual))
        if one is None or other is None or min(one.count, other.count) < minimum:
            return None
        lower = one.mean - other.mean - _Z * sqrt(one.error() ** 2 + other.error() ** 2)
        return (one, other) if lower >= -MARGIN else None

    @classmethod
    def of(cls, calls: Iterable[Call]) -> "Evidence":
        """Return the evidence in recorded calls: each one with feedback counts once, with its mean score."""
        evidence = cls()
        for call in calls:
            if call.feedback_count and call.quality is not None:
                evidence.add(call.node, f"{call.provider}/{call.model_asked or call.model}", call.quality)
        return evidence
