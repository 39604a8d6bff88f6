"""Where models are called: base URLs, wire formats and the names of the environment variables that hold the keys."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from costtui.errors import ProviderError
from costtui.settings import ProviderSettings, Settings

WireName = Literal["openai", "anthropic", "gemini"]


class Secret:
    """A key that never shows itself: neither in text, nor in reprs, nor in pickles."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the key, for the header of a request and nothing else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "***" if self._value else "(no key)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type["Secret"], tuple[str]]:
        return (Secret, ("",))


@dataclass(frozen=True, slots=True)
class Provider:
    """A place where models can be called."""

    name: str
    wire: WireName
    base_url: str
    key_names: tuple[str, ...] = ()
    """Environment variables that may hold the key, first found wins; empty: no key is needed."""
    hosts: tuple[str, ...] = ()
    """Ends of host names that belong to this provider, besides that of the base URL."""
    url_name: str = ""
    """Environment variable that may hold another base URL."""

    def key(self, environment: Mapping[str, str]) -> Secret:
        """Return the key found in an environment, or an empty one."""
        return Secret(next((environment[name] for name in self.key_names if environment.get(name)), ""))

    def ready(self, environment: Mapping[str, str]) -> bool:
        """Return whether nothing is missing for a call."""
        return not self.key_names or bool(self.key(environment))


BUILT_IN = (
    Provider(
        "openai", "openai", "https://api.openai.com/v1", ("OPENAI_API_KEY",), url_name="OPENAI_BASE_URL"
    ),
    Provider(
        "anthropic",
        "anthropic",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        url_name="ANTHROPIC_BASE_URL",
    ),
    Provider(
        "google",
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        url_name="GOOGLE_GEMINI_BASE_URL",
    ),
    Provider("cerebras", "openai", "https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",)),
    Provider("deepseek", "openai", "https://api.deepseek.com", ("DEEPSEEK_API_KEY",)),
    Provider("groq", "openai", "https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    Provider("mistral", "openai", "https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    Provider("openrouter", "openai", "https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",)),
    Provider("x-ai", "openai", "https://api.x.ai/v1", ("XAI_API_KEY",)),
    Provider("together", "openai", "https://api.together.xyz/v1", ("TOGETHER_API_KEY",)),
    Provider("fireworks", "openai", "https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY",)),
    Provider("ollama", "openai", "http://localhost:11434/v1", url_name="OLLAMA_BASE_URL"),
    Provider("llama.cpp", "openai", "http://localhost:8080/v1", url_name="LLAMA_CPP_BASE_URL"),
    Provider("vllm", "openai", "http://localhost:8000/v1", url_name="VLLM_BASE_URL"),
)
ALIASES = {"gemini": "google", "xai": "x-ai", "llamacpp": "llama.cpp", "llama-cpp": "llama.cpp"}


def providers(settings: Settings, environment: Mapping[str, str] | None = None) -> dict[str, Provider]:
    """Return all providers by name: built in, and those of the settings, which win."""
    env = os.environ if environment is None else environment
    found = {provider.name: _with_url(provider, env) for provider in BUILT_IN}
    for name, given in settings.providers.items():
        found[name] = _from_settings(name, given, found.get(name))
    return found


def find_provider(name: str, known: Mapping[str, Provider]) -> Provider:
    """Return a provider by its name or alias. Raises ProviderError naming the known ones."""
    provider = known.get(name) or known.get(ALIASES.get(name.lower(), name.lower()))
    if provider is None:
        raise ProviderError(
            f"no provider is named {name!r}; known are {', '.join(sorted(known))}. "
            f"Add a [providers.{name}] table with base_url to the settings for another one"
        )
    return provider


def missing_key(provider: Provider) -> ProviderError:
    """Return the error that says which environment variable to set."""
    return ProviderError(
        f"no key for provider {provider.name}: set {' or '.join(provider.key_names)} in the environment"
    )


def own_hosts(settings: Settings, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return host (with the port, if any) → provider name for all places that the settings or the environment name."""
    own = (
        provider
        for provider in providers(settings, environment).values()
        if provider.name in settings.providers or provider not in BUILT_IN
    )
    return {urlsplit(provider.base_url).netloc.rpartition("@")[2].lower(): provider.name for provider in own}


def _with_url(provider: Provider, env: Mapping[str, str]) -> Provider:
    if provider.url_name and (url := env.get(provider.url_name)):
        return Provider(provider.name, provider.wire, url.rstrip("/"), provider.key_names)
    return provider


def _from_settings(name: str, given: ProviderSettings, known: Provider | None) -> Provider:
    wire: WireName = given.wire or (known.wire if known else "openai")  # type: ignore[assignment]
    if given.key_env:
        keys: tuple[str, ...] = (given.key_env,)
    else:
        keys = known.key_names if known and not given.base_url else ()
    return Provider(name, wire, (given.base_url or (known.base_url if known else "")).rstrip("/"), keys)
