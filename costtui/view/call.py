"""The page of one call: how its cost comes about line by line, its timings, its texts, and who it was for."""

from dataclasses import dataclass
from typing import Any

from costtui.facts import Call, Context, CostLine, CostSource, UsageState
from costtui.format import UNKNOWN, count, duration, exact_money, money, percent
from costtui.money import usd
from costtui.reading import CallQuery
from costtui.view import call_table
from costtui.view.clock import moment
from costtui.view.detail import Pair, Section, known
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target
from costtui.view.tones import STATUS_TONES

SOURCES = {
    CostSource.PROVIDER: "as the provider reported it",
    CostSource.LANGSMITH: "as LangSmith reported it",
    CostSource.PRICED: "tokens × price",
    CostSource.HEURISTIC: "estimated, ± 30 %",
    CostSource.UNKNOWN: "no price known",
}
"""Cost sources in words."""

BILL: Table[CostLine] = Table(
    Field("unit", "unit", 0, lambda line: line.unit, lambda line: unit_name(line.unit), align="left"),
    Field("count", "count", 10, lambda line: line.count, lambda line: f"{line.count:,}"),
    Field(
        "rate",
        "$ per 1M",
        9,
        lambda line: float(usd(line.rate_nano)),
        lambda line: exact_money(line.rate_nano),
        "muted",
        name="usd_per_million",
    ),
    Field(
        "cost",
        "cost",
        12,
        lambda line: float(usd(line.cost_nano)),
        lambda line: exact_money(line.cost_nano),
        "money",
        name="cost_usd",
    ),
)
"""Columns of the bill: count × rate = cost."""

ATTEMPTS = call_table.TABLE.only("time", "status", "model", "cost", "latency", "error")


@dataclass(frozen=True, slots=True)
class CallPage:
    """One call, or the reason why there is none."""

    missing: str
    """What to show instead where the store has no such call; else empty."""
    headline: tuple[Figure, ...]
    bill: tuple[Row, ...]
    bill_note: str
    """Where the cost comes from, or what to do about a call without a price."""
    bill_tone: str
    sections: tuple[Section, ...]
    prompt: str
    completion: str
    context: str
    """Canonical JSON of the LaunchDarkly context."""
    attempts: tuple[Row, ...]
    """Other calls of the same operation."""
    item: call_table.Item | None

    def rows(self) -> list[dict[str, Any]]:
        """Return the call with its bill as plain values."""
        if self.item is None:
            return []
        call = self.item.call
        (values,) = call_table.records([self.item])
        return [
            {
                **values,
                "price_ref": call.cost.price_ref,
                "lines": [BILL.record(line) for line in call.cost.lines],
                "tags": dict(call.tags),
                "context": self.context,
                "prompt": call.prompt,
                "completion": call.completion,
            }
        ]

    def target(self, key: str) -> Target:
        """Return what Enter on another attempt opens."""
        return Target("call", key)


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call."""

    call_id: int

    def build(self, sources: Sources) -> CallPage:
        """Return the page. Raises StoreError."""
        call = sources.reader.call(self.call_id)
        if call is None:
            words = f"This store has no call {self.call_id} any more.\nesc goes back"
            return CallPage(words, (), (), "", "", (), "", "", "", (), None)
        context = sources.reader.context(call.context_id) if call.context_id else None
        (item,) = call_table.items(sources, [call])
        return CallPage(
            missing="",
            headline=_headline(call),
            bill=tuple(BILL.row(f"{index} {line.unit}", line) for index, line in enumerate(call.cost.lines)),
            bill_note=_bill_note(call),
            bill_tone="warn" if call.cost.nano is None else "muted",
            sections=_sections(call, context, sources),
            prompt=call.prompt,
            completion=call.completion,
            context=context.canonical if context else "",
            attempts=_attempts(call, sources),
            item=item,
        )


def unit_name(unit: str) -> str:
    """Return what is billed, in words."""
    return unit.replace("_", " ")


def _headline(call: Call) -> tuple[Figure, ...]:
    usage = call.usage
    return (
        Figure("cost", call_table.cost_text(call), SOURCES[call.cost.source], _cost_tone(call)),
        Figure("status", call.status.value, _attempt(call), STATUS_TONES.get(call.status, "")),
        Figure("latency", duration(call.latency_ms), _first_token(call)),
        Figure("input", _count(usage.input_tokens), _cached(call)),
        Figure("output", _count(usage.output_tokens), _reasoning(call)),
        Figure("model", call.model or UNKNOWN, call.provider),
    )


def _cost_tone(call: Call) -> str:
    return "warn" if call.cost.nano is None else "money"


def _attempt(call: Call) -> str:
    if call.cache_hit:
        return f"from the cache, {money(call.saved_nano)} saved"
    return f"attempt {call.attempt}" if call.attempt > 1 else ""


def _first_token(call: Call) -> str:
    return "" if call.ttft_ms is None else f"first token {duration(call.ttft_ms)}"


def _cached(call: Call) -> str:
    usage = call.usage
    if not usage.cache_read_tokens or not usage.input_tokens:
        return ""
    return f"{percent(usage.cache_read_tokens, usage.input_tokens)} cached"


def _reasoning(call: Call) -> str:
    return f"{count(call.usage.reasoning_tokens)} reasoning" if call.usage.reasoning_tokens else ""


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else count(number)


def _bill_note(call: Call) -> str:
    cost = call.cost
    if cost.nano is None:
        return (
            f"No price is known for {_model(call)}: it is counted as unpriced, never as $0.\n"
            f"{'u sets one and prices its calls. ' if call.model else ''}"
            f"Or: costtui prices set {_priced_by(call)} --input DOLLARS --output DOLLARS\n"
            "and for what is recorded: costtui reprice"
        )
    note = f"{exact_money(cost.nano)} {SOURCES[cost.source]}"
    if cost.price_ref:
        note += f" · {cost.price_ref}"
    if cost.priced_nano is not None and cost.priced_nano != cost.nano:
        drift = cost.nano - cost.priced_nano
        sign = "+" if drift > 0 else ""
        note += f" · the price book says {exact_money(cost.priced_nano)} ({sign}{exact_money(drift)})"
    if not cost.lines:
        note += " · no lines recorded"
    return note


def _model(call: Call) -> str:
    return "/".join(filter(None, (call.provider, call.model or call.model_asked))) or "a model without a name"


def _priced_by(call: Call) -> str:
    model = call.model or call.model_asked or "MODEL"
    return f"{model} --provider {call.provider}" if call.provider else model


def _sections(call: Call, context: Context | None, sources: Sources) -> tuple[Section, ...]:
    sections = (
        Section("call", _facts(call)),
        Section("tokens", _tokens(call)),
        Section("timing", _timing(call, sources)),
        Section(
            "who",
            known(
                ("lead", call.lead_id),
                ("session", call.session_id),
                ("user", call.user_id),
                *((f"tag {name}", value) for name, value in sorted(call.tags.items())),
            ),
        ),
        Section("launchdarkly", _launchdarkly(call, context)),
        Section("router", _router(call)),
    )
    return tuple(section for section in sections if section.pairs)


def _facts(call: Call) -> tuple[Pair, ...]:
    asked = call.model_asked if call.model_asked != call.model else ""
    error = (Pair("error", call.error, "error"),) if call.error else ()
    return error + known(
        ("node", call.node),
        ("run", call.run_id),
        ("subsystem", call.subsystem),
        ("asked for", asked),
        ("tier", call.service_tier),
        ("operation", call.operation),
        ("key", call.key),
    )


def _tokens(call: Call) -> tuple[Pair, ...]:
    usage = call.usage
    if usage.state is UsageState.MISSING:
        return (Pair("usage", "the answer did not say", "warn"),)
    state = (
        (Pair("usage", "estimated from the texts", "warn"),) if usage.state is UsageState.ESTIMATED else ()
    )
    problems = tuple(Pair("problem", problem, "warn") for problem in usage.problems)
    numbers = known(
        ("input", _count(usage.input_tokens)),
        ("cache read", count(usage.cache_read_tokens) if usage.cache_read_tokens else ""),
        ("cache write", count(usage.cache_write_tokens) if usage.cache_write_tokens else ""),
        ("output", _count(usage.output_tokens)),
        ("reasoning", count(usage.reasoning_tokens) if usage.reasoning_tokens else ""),
        *((unit_name(unit), count(number)) for unit, number in usage.units.items()),
    )
    return state + numbers + problems


def _timing(call: Call, sources: Sources) -> tuple[Pair, ...]:
    speed = ""
    if call.latency_ms and call.usage.output_tokens:
        writing_ms = call.latency_ms - (call.ttft_ms or 0)
        if writing_ms > 0:
            speed = f"{call.usage.output_tokens * 1000 / writing_ms:.1f} tokens/s"
    return known(
        ("started", moment(call.started_us, sources.zone)),
        ("latency", duration(call.latency_ms)),
        ("first token", "" if call.ttft_ms is None else duration(call.ttft_ms)),
        ("output speed", speed),
        ("attempt", str(call.attempt) if call.attempt > 1 else ""),
    )


def _launchdarkly(call: Call, context: Context | None) -> tuple[Pair, ...]:
    version = "" if call.config_version is None else str(call.config_version)
    return known(
        ("AI config", call.config_key),
        ("variation", call.variation_key),
        ("version", version),
        ("context", context.canonical if context else call.context_id),
    )


def _router(call: Call) -> tuple[Pair, ...]:
    return known(
        ("mode", call.mode.value if call.decision or call.complexity is not None else ""),
        ("complexity", "" if call.complexity is None else f"{call.complexity:.2f}"),
        ("decision", call.decision),
        (
            "quality",
            "" if call.quality is None else f"{call.quality:.2f} ({count(call.feedback_count)} votes)",
        ),
    )


def _attempts(call: Call, sources: Sources) -> tuple[Row, ...]:
    if not call.operation:
        return ()
    near = sources.recent
    if call.run_id:
        near = sources.reader.calls(CallQuery(run_id=call.run_id, order="oldest", limit=1000))
    others = [one for one in near if one.operation == call.operation and one.id != call.id]
    return call_table.rows_of(ATTEMPTS, call_table.items(sources, others))
