"""What can be called without more ado: providers whose keys are set, servers on this machine, a simulated model."""

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from costtui.demo.simulated import NAME
from costtui.text import plain, shorten
from costtui.view.trial import SIMULATED

if TYPE_CHECKING:
    from costtui.llm import LLMClient
    from costtui.llm.providers import Provider
    from costtui.trials.bench import Bench

_LOCAL = ("ollama", "llama.cpp", "vllm")
_WAIT_S = 0.5
_MODELS = 8
_BYTES = 2**20
_KEYS = "OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY …"


def ready_providers(bench: "Bench", client: "LLMClient") -> list[str]:
    """Return the providers whose key is set, or that the settings name."""
    return [
        name
        for name, provider in client.planner.providers.items()
        if name != NAME
        and name not in _LOCAL
        and (name in bench.settings.providers or provider.key_names)
        and provider.ready(bench.environment)
    ]


def local_models(bench: "Bench", client: "LLMClient") -> Iterator[tuple[str, str]]:
    """Yield ``provider/model`` and where it is served, of OpenAI-compatible servers that answer without a key."""
    for name, provider in client.planner.providers.items():
        own = name in bench.settings.providers and not provider.key_names
        if name != NAME and (name in _LOCAL or own):
            for model in _models(provider):
                yield f"{name}/{model}", urlsplit(provider.base_url).netloc


def hint(bench: "Bench", client: "LLMClient", local: Iterable[tuple[str, str]]) -> str:
    """Return in words what is at hand, or what to set; ``local`` are the models of servers on this machine."""
    found = [*ready_providers(bench, client), *dict.fromkeys(name.partition("/")[0] for name, _ in local)]
    if found:
        return f"at hand: {', '.join(found)}; a model is written as PROVIDER/MODEL"
    return (
        f"nothing is at hand: set a key ({_KEYS}), start a local server (Ollama, llama.cpp), or take the simulated "
        f"model, which costs nothing: {SIMULATED}"
    )


def _models(provider: "Provider") -> list[str]:
    """Return the models that a server says it has; none where nothing answers."""
    url = f"{provider.base_url}/models"
    if urlsplit(url).scheme not in ("http", "https"):
        return []
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        # No proxy knows what runs on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=_WAIT_S) as answer:
            found = json.loads(answer.read(_BYTES))["data"]
        return [shorten(plain(str(one["id"])), 100) for one in found[:_MODELS]]
    return []
