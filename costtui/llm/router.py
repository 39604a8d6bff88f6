"""Chooses a model by the complexity of the prompt, the keys at hand, and what feedback has taught."""

from collections.abc import Callable
from dataclasses import dataclass

from costtui.errors import ProviderError
from costtui.llm.complexity import COMPLEX_WORDS, complexity
from costtui.llm.evidence import Evidence
from costtui.settings import Routing

Ready = Callable[[str], bool]
"""Whether a provider can be called."""
TypicalCost = Callable[[str], int | None]
"""Cost of a typical call by reference ``provider/model``, None where no price is known."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which model the router chose, and why."""

    reference: str
    """``provider/model``"""
    complexity: float
    level: str
    reason: str
    strongest: str
    """The first model of the *complex* level that can be called: what savings are measured against."""

    @property
    def provider(self) -> str:
        """The provider of the chosen model."""
        return self.reference.partition("/")[0]

    @property
    def model(self) -> str:
        """The chosen model."""
        return self.reference.partition("/")[2]


class Router:
    """The routing table of the settings, and the evidence that feedback has given."""

    def __init__(
        self, routing: Routing, *, ready: Ready, typical_cost: TypicalCost, evidence: Evidence | None = None
    ) -> None:
        self.evidence = evidence or Evidence()
        self._routing = routing
        self._ready = ready
        self._typical_cost = typical_cost

    def choose(self, prompt: str, node: str = "") -> Decision:
        """Return the model for a prompt. Raises ProviderError where no provider of the table can be called."""
        score = complexity(prompt, self._routing.words or COMPLEX_WORDS)
        level, wanted = self._level(score)
        callable_ = [reference for reference in wanted if self._can(reference)]
        others = [
            reference for reference in self._all() if self._can(reference) and reference not in callable_
        ]
        if not (callable_ or others):
            raise ProviderError(
                "the router found no provider to call: set a key for one of "
                + ", ".join(sorted({reference.partition("/")[0] for reference in self._all()}))
                + ", or name others in [router] of the settings"
            )
        chosen = (callable_ or others)[0]
        reason = f"complexity {score:.2f}, {level}"
        if wanted and chosen != wanted[0]:
            reason += f"; no key for {wanted[0].partition('/')[0]}"
        cheaper = self._cheaper(node, chosen, [*callable_, *others])
        if cheaper:
            chosen, lesson = cheaper
            reason += f"; {lesson}"
        strongest = next((one for one in self._routing.complex if self._can(one)), chosen)
        return Decision(chosen, score, level, f"{reason} → {chosen}", strongest)

    def _level(self, score: float) -> tuple[str, tuple[str, ...]]:
        routing = self._routing
        if score < routing.simple_below:
            return "simple", routing.simple
        if score < routing.complex_from:
            return "moderate", routing.moderate
        return "complex", routing.complex

    def _all(self) -> list[str]:
        routing = self._routing
        return list(dict.fromkeys((*routing.simple, *routing.moderate, *routing.complex)))

    def _can(self, reference: str) -> bool:
        return self._ready(reference.partition("/")[0])

    def _cheaper(self, node: str, usual: str, candidates: list[str]) -> tuple[str, str] | None:
        """Return the cheapest model that feedback finds as good as the usual one on this node, and the lesson in words."""
        cost = self._typical_cost(usual)
        if cost is None:
            return None
        found: list[tuple[int, str, str]] = []
        for candidate in candidates:
            price = self._typical_cost(candidate)
            if price is None or price >= cost:
                continue
            if ratings := self.evidence.as_good(node, candidate, usual, self._routing.evidence):
                mine, other = ratings
                words = (
                    f"feedback: {mine.mean:.2f} in {mine.count} answers, as good as "
                    f"{usual.partition('/')[2]} with {other.mean:.2f} in {other.count}"
                )
                found.append((price, candidate, words))
        return min(found)[1:] if found else None
