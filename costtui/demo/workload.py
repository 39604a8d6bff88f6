"""What the sample pipeline does: its nodes with their models, and how their calls usually turn out."""

from dataclasses import dataclass
from math import exp
from random import Random


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node of the sample pipeline, and what its calls are like."""

    name: str
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    latency_ms: int
    calls: int = 1
    """How many calls it makes, at the same time."""
    inner: str = ""
    """Name of a node inside this one that makes the calls."""
    error_rate: float = 0.015
    cache_hit_rate: float = 0.0
    """Share of calls that the pipeline's own response cache answers."""
    cached_share: float = 0.0
    """Share of the input that the provider has in its prompt cache."""
    silent: bool = False
    """Whether the endpoint does not report usage, so that tokens are estimated."""
    slowing: bool = False
    """Whether its latency has been rising for some hours."""

    @property
    def path(self) -> str:
        """The node's path as it is recorded."""
        return f"{self.name}/{self.inner}" if self.inner else self.name


@dataclass(frozen=True, slots=True)
class Subsystem:
    """One kind of run."""

    name: str
    weight: int
    nodes: tuple[NodeSpec, ...]
    quality: float
    """Usual overall score of its results."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call turned out."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int
    latency_ms: int
    http_status: int


SUBSYSTEMS = (
    Subsystem(
        "support",
        6,
        (
            NodeSpec("triage", "openai", "gpt-5-nano", 620, 40, 420, cache_hit_rate=0.22),
            NodeSpec("retrieve", "google", "gemini-2.5-flash-lite", 1900, 120, 610, calls=2, inner="rank"),
            NodeSpec("answer", "anthropic", "claude-haiku-4-5", 3400, 380, 1900, cached_share=0.6),
            NodeSpec("review", "openai", "gpt-4o-mini", 1500, 90, 800, error_rate=0.03),
        ),
        0.86,
    ),
    Subsystem(
        "research",
        1,
        (
            NodeSpec("plan", "openai", "gpt-5.1", 1800, 520, 2600),
            NodeSpec("search", "google", "gemini-2.5-flash", 5200, 340, 1500, calls=3, inner="summarise"),
            NodeSpec("synthesise", "anthropic", "claude-sonnet-4-5", 9800, 1500, 6400, cached_share=0.3),
            NodeSpec("critique", "openai", "gpt-5-mini", 4100, 420, 2100),
        ),
        0.81,
    ),
    Subsystem(
        "sales",
        3,
        (
            NodeSpec("qualify", "openai", "gpt-4o-mini", 900, 60, 700, cache_hit_rate=0.12),
            NodeSpec("enrich", "deepseek", "deepseek-chat", 2600, 410, 1400, slowing=True, error_rate=0.05),
            NodeSpec("draft", "anthropic", "claude-haiku-4-5", 2200, 640, 2400),
            NodeSpec("tone", "cerebras", "llama3.1-8b", 700, 80, 520, silent=True),
            NodeSpec("judge", "inhouse", "acme-judge-2", 1900, 30, 640),
        ),
        0.78,
    ),
)
"""Weights say how often each kind runs."""

QUESTION = NodeSpec("ask", "openai", "gpt-4-turbo", 640, 150, 1300, error_rate=0.0)
"""What answers questions about data; the model is the one that an AI Config serves."""

CUSTOMERS = (
    ("acme", "enterprise", 9),
    ("globex", "enterprise", 6),
    ("initech", "pro", 5),
    ("umbrella", "pro", 3),
    ("hooli", "pro", 3),
    ("stark", "starter", 2),
    ("wayne", "starter", 1),
)
"""Lead, tier, and how many of the runs are theirs."""

PASSED = 0.7
"""Overall score from which a result passes validation."""
_DIMENSIONS = ("completeness", "clarity", "testability", "traceability")

QUESTIONS = (
    "Why was my invoice higher than last month, and can you break it down by team?",
    "Summarise the three competitors we discussed and what they charge per seat.",
    "The export of last week's report fails with a timeout. What can I do?",
    "Draft a friendly follow-up to the demo we gave on Tuesday.",
    "Which of our regions would be affected by the new data residency rules?",
    "Rotate the credentials of the staging workspace without downtime, please explain how.",
)

ANSWERS = (
    "Your invoice rose because two teams moved to the yearly plan in the middle of the month.",
    "All three charge per seat; the second one also bills for storage above 50 GB.",
    "The export times out because the date range holds more than a million rows: split it by week.",
    "Thank you for your time on Tuesday. As promised, here is how the pilot would look.",
    "Two of your regions keep personal data outside the union; the others are not affected.",
    "Create a second key, deploy it to all services, then revoke the first one.",
)


def pick_subsystem(random: Random, hours_ago: float = 0.0) -> Subsystem:
    """Return a kind of run, the frequent ones more often; research was done mostly in the hours before."""
    weights = [each.weight + 3 * (each.name == "research" and hours_ago > 0.7) for each in SUBSYSTEMS]
    return random.choices(SUBSYSTEMS, weights)[0]


def pick_customer(random: Random) -> tuple[str, str]:
    """Return a lead and its tier."""
    lead, tier, _ = random.choices(CUSTOMERS, [weight for *_, weight in CUSTOMERS])[0]
    return lead, tier


def outcome(spec: NodeSpec, random: Random, hours_ago: float = 0.0) -> Outcome:
    """Return how a call of a node turns out, now or some hours ago."""
    tokens = random.lognormvariate(0, 0.35)
    input_tokens = max(int(spec.input_tokens * tokens), 8)
    cached = int(input_tokens * spec.cached_share) if random.random() < 0.7 else 0
    slow = 6.0 if random.random() < 0.012 else 1.0
    rising = 1.0 + (2.2 * exp(-hours_ago / 2.5) if spec.slowing else 0.0)
    status = 200
    if random.random() < spec.error_rate:
        status = random.choice((429, 429, 500, 503))
    latency = spec.latency_ms * random.lognormvariate(0, 0.28) * slow * rising
    return Outcome(
        input_tokens=input_tokens,
        cached_tokens=cached,
        output_tokens=max(int(spec.output_tokens * random.lognormvariate(0, 0.4)), 1),
        latency_ms=int(latency if status == 200 else 60 + latency / 10),
        http_status=status,
    )


def worse(subsystem: Subsystem, hours_ago: float = 0.0) -> bool:
    """Return whether a change of the prompt has made the results of a subsystem worse."""
    return subsystem.name == "research" and hours_ago < 26


def scores(subsystem: Subsystem, random: Random, hours_ago: float = 0.0) -> dict[str, float]:
    """Return the five scores of a result."""
    drop = 0.17 if worse(subsystem, hours_ago) else 0.0
    overall = _unit(random.gauss(subsystem.quality - drop, 0.05))
    return {"overall_score": overall, **{name: _unit(random.gauss(overall, 0.04)) for name in _DIMENSIONS}}


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
