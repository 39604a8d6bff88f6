"""One request to a model and its answer as seen on the wire, and the call that it becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from costtui.errors import PayloadError
from costtui.facts import Call, Cost, CostSource, Status, Usage, UsageState
from costtui.llm.bodies import Asked, read_request

if TYPE_CHECKING:
    from costtui.pricing import Answer

Price = Callable[[Usage, str, str, int, str, int | None], Cost]
"""(usage, provider, model, started_us, service_tier, provider_cost_nano) → cost."""

OWN = "costtui.own"
"""Extension of requests that are recorded by who makes them: hooks leave them alone."""
NOT_BILLED = "not billed"
_BYTES_PER_TOKEN = 4
_UNBILLED_FROM = 400
_UNIQUE_LENGTH = 20
_UNIQUE_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a request."""

    run_id: str = ""
    node: str = ""
    step_key: str = ""
    subsystem: str = ""
    session_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the call that the open node and run know."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it; bodies hold at least what recording needs, not always all."""

    key: str
    """A key of its own, for calls whose answer has no id."""
    url: str
    """Without query and credentials."""
    started_us: int
    status: Status
    provider: str = ""
    model: str = ""
    """The model where the URL names it."""
    sure: bool = True
    """False where only the request's body can tell that it is a call to a model."""
    sent: bool = True
    """False where the request never reached the provider."""
    latency_ms: int | None = None
    ttft_ms: int | None = None
    http_status: int | None = None
    error: str = ""
    request: bytes = b""
    response: bytes = b""
    text: str = ""
    """Beginning of the text of a stream."""
    written_bytes: int = 0
    """What the model wrote in a stream, in UTF-8 bytes."""
    operation: str = ""
    attempt: int = 1
    origin: Origin = Origin()
    hold: str = ""
    """What is set aside for it on budgets."""


def to_call(exchange: Exchange, price: Price) -> Call | None:
    """Return the call that an exchange was, priced; None where it was no call to a model. Never raises PayloadError."""
    asked = read_request(exchange.request)
    from costtui.pricing import Answer, read_answer
    from costtui.pricing.estimate import of_cut_stream

    model_asked = asked.model or exchange.model
    try:
        answer = read_answer(
            exchange.response, provider=exchange.provider or None, model=model_asked or None, url=exchange.url
        )
    except PayloadError:
        answer = Answer(provider=exchange.provider, model=model_asked)
    if not (exchange.sure or asked.is_model_call or answer.usage.state != UsageState.MISSING):
        return None
    status, error = _outcome(exchange, answer.error)
    written = max(exchange.written_bytes, answer.written_bytes)
    usage = answer.usage if status == Status.OK else of_cut_stream(answer.usage, written)
    if usage.state == UsageState.MISSING and _was_answered(exchange) and (written or status != Status.OK):
        usage = estimated(usage, asked, written)
    call = Call(
        key=answer.response_id if is_unique(answer.response_id) else exchange.key,
        started_us=exchange.started_us,
        node=exchange.origin.node,
        run_id=exchange.origin.run_id,
        subsystem=exchange.origin.subsystem,
        step_key=exchange.origin.step_key,
        session_id=exchange.origin.session_id,
        tags=exchange.origin.tags,
        provider=answer.provider or urlsplit(exchange.url).netloc,
        model=answer.model or model_asked,
        model_asked=model_asked,
        usage=usage,
        latency_ms=exchange.latency_ms,
        ttft_ms=exchange.ttft_ms,
        status=status,
        error=error,
        operation=exchange.operation,
        attempt=exchange.attempt,
        service_tier=answer.service_tier,
        prompt=asked.prompt,
        completion=exchange.text or answer.text,
        **exchange.origin.labels,
    )
    cost = _cost(exchange, call, answer, price)
    if (
        not exchange.provider and cost.nano is None
    ):  # a server of one's own: its address says more than its software
        return replace(call, cost=cost, provider=urlsplit(exchange.url).netloc)
    return replace(call, cost=cost)


def is_unique(response_id: str) -> bool:
    """Return whether an answer's id can identify a call: servers for tests give every answer the same short one."""
    return len(response_id) >= _UNIQUE_LENGTH and len(set(response_id)) >= _UNIQUE_CHARACTERS


def estimated(usage: Usage, asked: Asked, written_bytes: int) -> Usage:
    """Return usage estimated from the bytes of the texts (four to a token), state *estimated*."""
    return replace(
        usage,
        input_tokens=-(-asked.size // _BYTES_PER_TOKEN),
        output_tokens=-(-written_bytes // _BYTES_PER_TOKEN),
        state=UsageState.ESTIMATED,
    )


def _was_answered(exchange: Exchange) -> bool:
    return exchange.http_status is not None and exchange.http_status < _UNBILLED_FROM


def _outcome(exchange: Exchange, said: str) -> tuple[Status, str]:
    if exchange.http_status is not None and exchange.http_status >= _UNBILLED_FROM:
        return Status.ERROR, ": ".join(filter(None, (f"HTTP {exchange.http_status}", said)))
    if said and exchange.status in (Status.OK, Status.PARTIAL):
        return Status.ERROR, said
    return exchange.status, exchange.error


def _cost(exchange: Exchange, call: Call, answer: "Answer", price: Price) -> Cost:
    if call.usage.state == UsageState.MISSING and answer.provider_cost_nano is None:
        if not exchange.sent:
            return Cost(0, CostSource.PROVIDER, f"{NOT_BILLED}: never sent")
        if exchange.http_status is not None and exchange.http_status >= _UNBILLED_FROM:
            return Cost(0, CostSource.PROVIDER, f"{NOT_BILLED}: HTTP {exchange.http_status}")
        return Cost(None, CostSource.UNKNOWN)
    return price(
        call.usage, answer.provider, call.model, call.started_us, call.service_tier, answer.provider_cost_nano
    )
