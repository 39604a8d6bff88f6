"""How this environment is known to LangSmith: whether it traces, where it is, and as whom to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from costtui.errors import SettingsError

PROVIDERS = {
    "amazon_bedrock": "aws",
    "google_genai": "google",
    "google_vertexai": "google-vertex",
    "mistralai": "mistral",
    "xai": "x-ai",
}
"""Providers that ``ls_provider`` names otherwise than we do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where LangSmith is asked, as whom, and about which project."""

    endpoint: str
    project: str
    key: str = field(repr=False)
    workspace: str = ""


def tracing_enabled(environment: Mapping[str, str]) -> bool:
    """Return whether LangSmith traces the programs of this environment: switched on, and with a key."""
    switch = _variable(environment, "TRACING_V2") or _variable(environment, "TRACING")
    return switch.lower() == "true" and bool(_variable(environment, "API_KEY"))


def account(environment: Mapping[str, str]) -> Account:
    """Return whom to ask, by ``LANGSMITH_*`` or ``LANGCHAIN_*``. Raises SettingsError where there is no key."""
    key = _variable(environment, "API_KEY")
    if not key or not key.isascii() or not key.isprintable():
        raise SettingsError(
            "LangSmith is not configured, so costs stay as they were recorded:"
            " set LANGSMITH_API_KEY (and LANGSMITH_PROJECT) to what your program is traced with"
        )
    endpoint = (_variable(environment, "ENDPOINT") or "https://api.smith.langchain.com").rstrip("/")
    if not endpoint.startswith(("http://", "https://")):
        raise SettingsError("environment: LANGSMITH_ENDPOINT must begin with http:// or https://")
    project = _variable(environment, "PROJECT") or _variable(environment, "SESSION") or "default"
    return Account(endpoint, project, key, _variable(environment, "WORKSPACE_ID"))


def _variable(environment: Mapping[str, str], name: str) -> str:
    """Return a variable under its new or its old name; empty where neither is set."""
    values = (
        environment.get(f"{prefix}_{name}", "").strip().strip("\"'") for prefix in ("LANGSMITH", "LANGCHAIN")
    )
    return next(filter(None, values), "")
