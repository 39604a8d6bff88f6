"""What a request to a model may cost, before it is sent: the question that budgets are asked."""

from dataclasses import dataclass
from typing import Any, Protocol

from costtui.llm.bodies import read_request
from costtui.llm.endpoints import Endpoint
from costtui.llm.exchange import Origin

MAX_OUTPUT_TOKENS = 1000
"""What is assumed to be written where a request sets no limit."""
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is about to be sent."""

    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    """The most that may be written."""
    origin: Origin


class Guard(Protocol):
    """Stands between a request and the money that it costs."""

    def concerns(self, origin: Origin, owner: Any) -> bool:
        """Return whether any budget may concern a request of this origin: else nothing more is asked."""

    def reserve(self, asked: Asked, owner: Any) -> str:
        """Set aside what a request may cost; return the id of that, empty for nothing.

        Raises BudgetExceeded and PriceUnknown; then the request must not be sent.
        """

    def release(self, hold: str, owner: Any) -> None:
        """Give back what was set aside for a request that was not sent."""


def asked_of(endpoint: Endpoint, path: str, body: bytes, length: int, origin: Origin) -> Asked | None:
    """Return what is known of a request, None for one that is none to a model; ``length`` is that of the whole body."""
    said = read_request(body)
    if not (endpoint.sure or said.is_model_call):
        return None
    size = max(said.size, length) if length > len(body) else said.size
    limit = MAX_OUTPUT_TOKENS if said.max_output is None else said.max_output
    return Asked(
        endpoint.provider,
        said.model or endpoint.model,
        -(-size // _BYTES_PER_TOKEN),
        0 if "embed" in path.rpartition("/")[2].lower() else limit,
        origin,
    )
