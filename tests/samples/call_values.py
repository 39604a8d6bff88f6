"""What filters say of a call, field by field: what the store's queries are held against."""

from costtui.call_fields import TAG, TEXT_FIELDS
from costtui.facts import Call
from costtui.filter import Value


def call_field(call: Call, name: str) -> Value:
    """Return the value of a field, None where there is none."""
    if name.startswith(TAG):
        wanted = name.removeprefix(TAG)
        return next((value for tag, value in call.tags.items() if tag.casefold() == wanted.casefold()), None)
    return _values(call).get(name)


def call_texts(call: Call) -> str:
    """Return all words of a call, one field in a line."""
    values = _values(call)
    return "\n".join([str(values[name]) for name in TEXT_FIELDS] + list(call.tags.values()))


def _values(call: Call) -> dict[str, Value]:
    usage, cost = call.usage, call.cost
    known = [count for count in (usage.input_tokens, usage.output_tokens) if count is not None]
    return {
        "node": call.node,
        "provider": call.provider,
        "model": call.model,
        "subsystem": call.subsystem,
        "status": call.status.value,
        "asked": call.model_asked,
        "run": call.run_id,
        "lead": call.lead_id,
        "session": call.session_id,
        "user": call.user_id,
        "mode": call.mode.value,
        "source": cost.source.value,
        "error": call.error,
        "config": call.config_key,
        "variation": call.variation_key,
        "cost": None if cost.nano is None else cost.nano / 1e9,
        "saved": call.saved_nano / 1e9,
        "latency": call.latency_ms,
        "ttft": call.ttft_ms,
        "tokens": sum(known) if known else None,
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cached": usage.cache_read_tokens,
        "attempt": call.attempt,
        "quality": call.quality,
    }
