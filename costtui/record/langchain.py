"""A LangChain callback that records every model call: ``model.invoke(…, config={"callbacks": [CostCallback()]})``.

For those who prefer it to ``costtui run`` and ``costtui.instrument()``; do not use both for the same calls, because
streams carry no id by which the two could be told to be one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from costtui.errors import BudgetExceeded, PriceUnknown
from costtui.facts import Call, Hold, Status, UsageState
from costtui.llm.exchange import Origin, is_unique
from costtui.llm.ids import new_id
from costtui.llm.ledger import Ledger
from costtui.llm.plan import Estimate
from costtui.pricing import estimate_tokens, estimate_usage, usage_from_langchain
from costtui.record.autohook.asked import MAX_OUTPUT_TOKENS
from costtui.record.autohook.origin import current_origin, origin_of
from costtui.record.holds import NOTHING
from costtui.record.langsmith import PROVIDERS
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.record.recorder import Recorder

OPEN_CALLS = 10_000
"""Calls under way that are remembered; older ones that never end are forgotten."""
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "ls_max_tokens")


@dataclass(slots=True)
class _Begun:
    started_us: int
    started_s: float
    origin: Origin
    prompt: str
    provider: str
    model: str
    hold: Hold
    """What is set aside for it."""
    first_token_s: float | None = None


class CostCallback(BaseCallbackHandler):
    """Records the calls of every chat model and LLM that it is given to.

    Raises BudgetExceeded and PriceUnknown into the chain, before the model is called, and nothing else.
    """

    run_inline = True
    raise_error = True

    def __init__(
        self, store: "str | PathLike[str] | Recorder | None" = None, *, settings: Settings | None = None
    ) -> None:
        """Record into the run that is open, else into ``store`` (default: that of the settings)."""
        self.ledger = Ledger(store, load() if settings is None else settings)
        self._begun: OrderedDict[UUID, _Begun] = OrderedDict()
        self._lock = threading.Lock()

    def on_chat_model_start(
        self, serialized: Any, messages: Sequence[Sequence[Any]], *, run_id: UUID, **facts: Any
    ) -> None:
        """A chat model is called."""
        prompt = "\n\n".join(_text(message) for batch in messages for message in batch)
        self._begin(run_id, prompt, facts)

    def on_llm_start(self, serialized: Any, prompts: Sequence[str], *, run_id: UUID, **facts: Any) -> None:
        """A model without messages is called."""
        self._begin(run_id, "\n\n".join(prompts), facts)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **facts: Any) -> None:
        """A part of a stream is there."""
        with self._lock:
            begun = self._begun.get(run_id)
        if begun is not None and begun.first_token_s is None and token:
            begun.first_token_s = time.perf_counter()

    def on_llm_end(self, response: Any, *, run_id: UUID, **facts: Any) -> None:
        """The answer is there."""
        try:
            self._answered(run_id, response)
        except Exception as error:
            self.ledger.failed("a call was not recorded", error)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **facts: Any) -> None:
        """The call failed, or was cancelled."""
        cancelled = type(error).__name__ in ("CancelledError", "KeyboardInterrupt", "GeneratorExit")
        status = Status.CANCELLED if cancelled else Status.ERROR
        try:
            self._end(run_id, status, f"{type(error).__name__}: {error}"[:500], None, {}, {}, "")
        except Exception as failure:
            self.ledger.failed("a call was not recorded", failure)

    def _answered(self, run_id: UUID, response: Any) -> None:
        generations = [one for batch in response.generations for one in batch]
        message = getattr(generations[0], "message", None) if generations else None
        said = dict(getattr(message, "response_metadata", None) or {})
        output = response.llm_output if isinstance(response.llm_output, Mapping) else {}
        text = "".join(one.text for one in generations)
        self._end(run_id, Status.OK, "", message, said, output, text)

    def _begin(self, run_id: UUID, prompt: str, facts: Mapping[str, Any]) -> None:
        """Remember a call, with money set aside for it. Raises BudgetExceeded and PriceUnknown."""
        try:
            begun = self._begun_call(prompt, facts)
            begun.hold = self.ledger.reserve(self._estimate(begun, facts))
        except (BudgetExceeded, PriceUnknown):
            raise
        except Exception as error:
            self.ledger.failed("a call was not recorded", error)
            return
        begun.started_s = time.perf_counter()
        with self._lock:
            self._begun[run_id] = begun
            while len(self._begun) > OPEN_CALLS:
                self._begun.popitem(last=False)

    def _begun_call(self, prompt: str, facts: Mapping[str, Any]) -> _Begun:
        metadata = facts.get("metadata") or {}
        parameters = facts.get("invocation_params") or {}
        provider = str(metadata.get("ls_provider") or "")
        return _Begun(
            started_us=time.time_ns() // 1000,
            started_s=time.perf_counter(),
            origin=origin_of(metadata) if metadata else current_origin()[0],
            prompt=prompt,
            provider=PROVIDERS.get(provider, provider),
            model=str(
                parameters.get("model") or parameters.get("model_name") or metadata.get("ls_model_name") or ""
            ),
            hold=NOTHING,
        )

    def _estimate(self, begun: _Begun, facts: Mapping[str, Any]) -> Estimate:
        said = {**(facts.get("metadata") or {}), **(facts.get("invocation_params") or {})}
        limits = (said.get(name) for name in _LIMITS)
        limit = next((limit for limit in limits if isinstance(limit, int) and limit > 0), MAX_OUTPUT_TOKENS)
        origin = begun.origin
        labels = {
            "node": origin.node,
            "run_id": origin.run_id,
            "session_id": origin.session_id,
            "tags": origin.tags,
            **origin.labels,
        }
        tokens = (estimate_tokens(begun.prompt), limit)
        return self.ledger.estimate(begun.provider, begun.model, tokens, labels)

    def _end(
        self,
        run_id: UUID,
        status: Status,
        error: str,
        message: Any,
        said: Mapping[str, Any],
        output: Mapping[str, Any],
        text: str,
    ) -> None:
        with self._lock:
            begun = self._begun.pop(run_id, None)
        if begun is None:
            return
        model = str(said.get("model_name") or said.get("model") or output.get("model_name") or begun.model)
        usage = usage_from_langchain([{"llm_output": output}, message or {}])
        if usage.state == UsageState.MISSING and status == Status.OK:
            usage = estimate_usage(begun.prompt, text)
        tier = str(said.get("service_tier") or "")
        response_id = next(
            (name for name in (said.get("id"), getattr(message, "id", "")) if _is_own(name)), ""
        )
        self.ledger.record(
            Call(
                key=response_id or new_id(),
                started_us=begun.started_us,
                node=begun.origin.node,
                run_id=begun.origin.run_id,
                subsystem=begun.origin.subsystem,
                session_id=begun.origin.session_id,
                tags=begun.origin.tags,
                provider=begun.provider,
                model=model,
                model_asked=begun.model,
                usage=usage,
                cost=self.ledger.price(usage, begun.provider, model, begun.started_us, tier),
                latency_ms=round((time.perf_counter() - begun.started_s) * 1000),
                ttft_ms=_ms(begun.first_token_s, begun.started_s),
                status=status,
                error=error,
                operation=new_id(),
                service_tier=tier,
                prompt=begun.prompt,
                completion=text,
                **begun.origin.labels,
            ),
            begun.hold,
        )


def _is_own(response_id: Any) -> bool:
    """Return whether an id is the provider's, not one that LangChain made up."""
    return (
        isinstance(response_id, str)
        and is_unique(response_id)
        and not response_id.startswith(("run-", "lc_"))
    )


def _ms(at_s: float | None, since_s: float) -> int | None:
    return None if at_s is None else round((at_s - since_s) * 1000)


def _text(message: Any) -> str:
    text = getattr(message, "text", "")
    return text if isinstance(text, str) else str(getattr(message, "content", ""))
