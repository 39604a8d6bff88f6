"""The sample project in the box: flags, segments and an AI Config with an experiment, evaluated offline."""

from collections.abc import Mapping, Sequence
from typing import Any

from costtui.attribution.contexts import Json, build_context, build_multi_context

AI_CONFIG = "ai-config"
SALES = 50_000
"""Contract value in dollars from which a customer is an enterprise."""

_ALL = 100_000
"""Weight of all traffic."""
_TARGETS = ["demo@example.com", "test@example.com", "beta@example.com"]

TIERS: Mapping[str, tuple[str, str, str]] = {
    "trial": ("viewer", "mobile", "eu-west"),
    "starter": ("analyst", "tablet", "us-east"),
    "premium": ("admin", "desktop", "us-west"),
}
"""Tier → role, and the device and region where a name does not say."""
DEVICES = ("desktop", "mobile", "tablet")
REGIONS = ("us-east", "us-west", "eu-west", "ap-south")
ORGANISATIONS: Mapping[str, tuple[str, str, int]] = {
    "acme": ("Acme Freight", "logistics", SALES + 25_000),
    "globex": ("Globex Retail", "retail", SALES // 4),
}
"""Organisation → name, industry and contract value in dollars."""


def sample_names() -> tuple[str, ...]:
    """Return the names of contexts that are listed: the tiers, and each tier on each device."""
    return (*TIERS, *(f"{tier}-{device}" for tier in TIERS for device in DEVICES))


def all_sample_names() -> tuple[str, ...]:
    """Return every name of a context in the box: tier, device, region and organisation in this order."""
    places = [f"{name}-{region}" for name in sample_names()[len(TIERS) :] for region in REGIONS]
    return (*sample_names(), *places, *(f"{place}-{one}" for place in places for one in ORGANISATIONS))


def sample_context(name: str, user: str = "") -> Json:
    """Return a context of kinds user and session by its name, such as ``premium-desktop-eu-west-acme``.

    What the name leaves out is as usual for its tier; premium users have an organisation in any case. The application
    of the incident put its user's id into an attribute ``user``, too. Raises KeyError.
    """
    tier, _, rest = name.partition("-")
    role, device, region = TIERS[tier]
    device, rest = _first(rest, DEVICES, device)
    region, rest = _first(rest, REGIONS, region)
    organisation, rest = _first(rest, tuple(ORGANISATIONS), "acme" if tier == "premium" else "")
    if rest:
        raise KeyError(name)
    who = user or f"{name}-user"
    kinds = [
        build_context(who, {"email": f"{who}@example.com", "tier": tier, "role": role, "user": who}),
        build_context(
            f"session-{who}",
            {"queryComplexity": "medium", "deviceType": device, "region": region},
            kind="session",
        ),
    ]
    if organisation:
        title, industry, value = ORGANISATIONS[organisation]
        attributes = {"name": title, "industry": industry, "contractValue": value}
        kinds.append(build_context(f"org-{organisation}", attributes, kind="organization"))
    return build_multi_context(*kinds)


def _first(rest: str, words: Sequence[str], default: str) -> tuple[str, str]:
    """Return the word that a name goes on with, and what follows it."""
    for word in words:
        if rest == word or rest.startswith(f"{word}-"):
            return word, rest[len(word) + 1 :]
    return default, rest


def sample_flags() -> Json:
    """Return the project as flag data of the SDKs' file data source."""
    return {
        "flags": {
            AI_CONFIG: _ai_config(),
            "ai-query-provider": _flag(
                "ai-query-provider",
                [{"provider": "motherduck"}, {"provider": "webllm"}],
                [_premium_desktop(1)],
            ),
            "pivot-table-access": _flag("pivot-table-access", [False, True], [_in_segment("power-users")]),
            "data-materialization": _flag("data-materialization", [False, True], [_in_segment("enterprise")]),
            "webllm-access": _flag("webllm-access", [False, True], [_premium_desktop(1)]),
        },
        "segments": {
            "power-users": _segment("power-users", [_clause("user", "role", "in", ["admin", "analyst"])]),
            "enterprise": _segment(
                "enterprise",
                [_clause("organization", "contractValue", "greaterThanOrEqual", [SALES])],
                [_clause("organization", "industry", "in", ["transportation", "logistics"])],
            ),
        },
    }


def _ai_config() -> Json:
    """Both branches carry the experiment, so that every evaluation exposes its user."""
    flag = _flag(
        AI_CONFIG,
        [
            _variation("motherduck-ai", "gpt-4-turbo", "openai", 1000, 0.7, 10e-6, 30e-6),
            _variation("webllm", "Llama-3.2-3B", "webllm", 500, 0.6, 0.0, 0.0),
        ],
        [],
    )
    clauses = _premium_desktop(1)["clauses"]
    flag["rules"] = [{"id": "premium-desktop", "clauses": clauses, "rollout": _experiment(1)}]
    flag["fallthrough"] = {"rollout": _experiment(0)}
    return flag


def _variation(
    key: str, model: str, provider: str, tokens: int, temperature: float, cost_in: float, cost_out: float
) -> Json:
    return {
        "_ldMeta": {"enabled": True, "variationKey": key, "version": 1, "mode": "completion"},
        "model": {
            "name": model,
            "parameters": {"maxTokens": tokens, "temperature": temperature},
            "custom": {"costPerInputToken": cost_in, "costPerOutputToken": cost_out},
        },
        "provider": {"name": provider},
        "messages": [
            {
                "role": "system",
                "content": "You answer questions about data with SQL, for a {{ldctx.user.tier}} customer.",
            }
        ],
    }


def _experiment(variation: int) -> Json:
    return {
        "kind": "experiment",
        "contextKind": "user",
        "seed": 61,
        "variations": [{"variation": variation, "weight": _ALL}],
    }


def _flag(key: str, variations: Sequence[Any], rules: Sequence[Json]) -> Json:
    return {
        "key": key,
        "version": 1,
        "on": True,
        "salt": key,
        "variations": list(variations),
        "offVariation": 0,
        "fallthrough": {"variation": 0},
        "rules": list(rules),
        "contextTargets": [],
        "targets": [],
    }


def _premium_desktop(variation: int) -> Json:
    return {
        "id": "premium-desktop",
        "variation": variation,
        "clauses": [
            _clause("user", "tier", "in", ["premium"]),
            _clause("session", "deviceType", "in", ["desktop"]),
        ],
    }


def _in_segment(segment: str) -> Json:
    clause = {"attribute": "", "op": "segmentMatch", "values": [segment], "negate": False}
    return {"id": segment, "variation": 1, "clauses": [clause]}


def _segment(key: str, *rules: Sequence[Json]) -> Json:
    return {
        "key": key,
        "version": 1,
        "included": _TARGETS if key == "power-users" else [],
        "excluded": [],
        "salt": key,
        "rules": [{"clauses": list(clauses)} for clauses in rules],
    }


def _clause(kind: str, attribute: str, op: str, values: Sequence[Any]) -> Json:
    return {"contextKind": kind, "attribute": attribute, "op": op, "values": list(values), "negate": False}
