"""What LangSmith knows of model calls: whether a program is traced, and its model runs, read over its REST API."""

from collections.abc import Mapping


def tracing_enabled(environment: Mapping[str, str]) -> bool:
    """Return whether LangSmith traces the programs of this environment: switched on, and with a key."""
    switch = _variable(environment, "TRACING_V2") or _variable(environment, "TRACING")
    return switch.lower() == "true" and bool(_variable(environment, "API_KEY"))


def _variable(environment: Mapping[str, str], name: str) -> str:
    """Return a variable under its new or its old name; empty where neither is set."""
    values = (
        environment.get(f"{prefix}_{name}", "").strip().strip("\"'") for prefix in ("LANGSMITH", "LANGCHAIN")
    )
    return next(filter(None, values), "")
