"""Canonical usage out of a provider's usage block, with every broken invariant said in words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from costtui.facts import Usage, UsageState
from costtui.pricing.counts import Counts
from costtui.pricing.reference import provider_id
from costtui.pricing.shapes import ANTHROPIC, CHAT, RESPONSES, SHAPES, Cached, Shape

_BESIDES = ("compaction", "advisor")
_SNAKE_GEMINI = (
    "candidates_token_count",
    "total_token_count",
    "thoughts_token_count",
    "cached_content_token_count",
)
_MODALITIES = {"1": "text", "2": "image", "3": "video", "4": "audio", "5": "image", "document": "image"}


def read_usage(block: Mapping[str, Any], *, provider: str = "", model: str = "") -> Usage:
    """Return the canonical usage of a usage block of any provider, state *missing* where it holds no counts.

    Never raises: counts that are negative, huge, text or contradictory are named in ``Usage.problems``.
    """
    block, provider = _camel(block), provider_id(provider)
    if besides := _billed_besides(block):
        return _with_besides(block, besides, provider, model)
    shape = shape_of(block)
    if shape is None:
        return Usage()
    counts = Counts(block)
    read = counts.first(shape.cache_read) or 0
    write, write_1h = _cache_writes(counts, shape, block)
    given = counts.sum(shape.input_sum)
    output = counts.sum(shape.output_sum)
    reasoning = counts.first(shape.reasoning) or 0
    total = counts.first(shape.total)
    units = {unit: count for unit, paths in shape.units.items() if (count := counts.first(paths))}
    units |= _modalities(block, counts)
    if shape.cached is Cached.APART and given is not None:
        given, total = _with_cached(shape, given, read + write, output or 0, total)
    if shape is CHAT and given is not None and output is not None:
        extra = _apart(given, output, reasoning, total, provider, model)
        reasoning = reasoning or extra
        output += extra + units.get("output_citation_tokens", 0)
        if provider == "perplexity":
            total = None  # it leaves reasoning and citations out
    given, output = _completed(given, output, total)
    if given is None and output is None and units:
        given = output = 0
    return checked(
        Usage(
            input_tokens=given,
            output_tokens=output,
            cache_read_tokens=read,
            cache_write_tokens=write,
            cache_write_1h_tokens=write_1h,
            reasoning_tokens=reasoning,
            state=UsageState.MISSING if given is None and output is None else UsageState.REPORTED,
            units=units,
            problems=tuple(counts.problems),
        ),
        total,
    )


def shape_of(block: Mapping[str, Any]) -> Shape | None:
    """Return the shape of a usage block by its keys, None where it holds no counts."""
    for shape in SHAPES:
        if any(block.get(mark) is not None for mark in shape.marks):
            if shape is RESPONSES and not any(key in block for key in ("total_tokens", *_DETAILS)):
                return ANTHROPIC
            return shape
    return None


_DETAILS = ("input_tokens_details", "input_token_details")


def checked(usage: Usage, total: int | None = None) -> Usage:
    """Return usage that keeps the invariants; each that was broken is added to its problems.

    Cached tokens ≤ input tokens, one-hour writes ≤ writes, reasoning ≤ output, input + output = total where given.
    """
    problems = list(usage.problems)
    given, output = usage.input_tokens, usage.output_tokens
    read, write, write_1h = usage.cache_read_tokens, usage.cache_write_tokens, usage.cache_write_1h_tokens
    reasoning = usage.reasoning_tokens
    if given is not None and read + write > given:
        problems.append(f"{read + write} cached tokens, but only {given} input tokens")
        read = min(read, given)
        write = min(write, given - read)
    if write_1h > write:
        if write == usage.cache_write_tokens:
            problems.append(f"{write_1h} one-hour cache writes, but only {write} cache writes")
        write_1h = write
    if output is not None and reasoning > output:
        problems.append(f"{reasoning} reasoning tokens, but only {output} output tokens")
        reasoning = output
    if usage.state == UsageState.REPORTED:
        problems += [
            f"{word} tokens are not reported"
            for word, count in (("input", given), ("output", output))
            if count is None
        ]
    if total is not None and given is not None and output is not None and given + output != total:
        problems.append(f"{given} input + {output} output tokens are not the total of {total}")
    return Usage(
        given,
        output,
        read,
        write,
        write_1h,
        reasoning,
        usage.state,
        usage.units,
        tuple(dict.fromkeys(problems)),
    )


def _camel(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return Gemini's snake_case (its SDK, and Vertex) in its own camelCase; other blocks as they are."""
    if not any(key in block for key in _SNAKE_GEMINI):
        return block
    return {
        re.sub(r"_([a-z])", lambda match: match[1].upper(), str(key)): [_camelled(item) for item in value]
        if isinstance(value, list)
        else value
        for key, value in block.items()
    }


def _camelled(item: Any) -> Any:
    if isinstance(item, Mapping) and "token_count" in item:
        return {**item, "tokenCount": item["token_count"]}
    return item


def _billed_besides(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the iterations that Anthropic bills and leaves out of the counts of the reply.

    Compaction and advice are among them; declined fallbacks are listed too, and not billed.
    """
    entries = block.get("iterations")
    if not isinstance(entries, list):
        return []
    return [
        {key: value for key, value in entry.items() if key != "iterations"}
        for entry in entries
        if isinstance(entry, Mapping) and str(entry.get("type")).startswith(_BESIDES)
    ]


def _with_besides(
    block: Mapping[str, Any], besides: list[Mapping[str, Any]], provider: str, model: str
) -> Usage:
    """Return the usage of a reply and of what is billed besides."""
    reply = {key: value for key, value in block.items() if key != "iterations"}
    usages = [read_usage(part, provider=provider, model=model) for part in (reply, *besides)]
    problems = [problem for usage in usages for problem in usage.problems]
    if others := {str(entry["model"]) for entry in besides if entry.get("model")} - {model}:
        problems.append(f"partly billed at another model's price: {', '.join(sorted(others))[:200]}")
    return add_up(usages, tuple(problems))


def add_up(usages: Iterable[Usage], problems: tuple[str, ...] = ()) -> Usage:
    """Return the sum of usages; what one of them does not know counts as nothing."""
    usages = [usage for usage in usages if usage.state != UsageState.MISSING]
    if not usages:
        return Usage(problems=problems)
    units: dict[str, int] = {}
    for usage in usages:
        for unit, count in usage.units.items():
            units[unit] = units.get(unit, 0) + count
    return Usage(
        sum(usage.input_tokens or 0 for usage in usages),
        sum(usage.output_tokens or 0 for usage in usages),
        sum(usage.cache_read_tokens for usage in usages),
        sum(usage.cache_write_tokens for usage in usages),
        sum(usage.cache_write_1h_tokens for usage in usages),
        sum(usage.reasoning_tokens for usage in usages),
        UsageState.REPORTED,
        units,
        problems,
    )


def _cache_writes(counts: Counts, shape: Shape, block: Mapping[str, Any]) -> tuple[int, int]:
    """Return all cache writes and the one-hour part; some report only the parts, beside a sum of zero."""
    write = counts.first(shape.cache_write) or 0
    short, hour = counts.first(shape.cache_write_5m) or 0, counts.first(shape.cache_write_1h) or 0
    details = block.get("cacheDetails")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and detail.get("ttl") == "1h":
            hour += counts.number(detail.get("inputTokens"), "cacheDetails.inputTokens") or 0
    return max(write, short + hour), hour


def _modalities(block: Mapping[str, Any], counts: Counts) -> dict[str, int]:
    """Return Gemini's counts by modality under the names of the price library; text goes without saying."""
    units: dict[str, int] = {}
    for key, name in (
        ("promptTokensDetails", "input_{}_tokens"),
        ("toolUsePromptTokensDetails", "input_{}_tokens"),
        ("cacheTokensDetails", "cache_{}_read_tokens"),
        ("candidatesTokensDetails", "output_{}_tokens"),
        ("input_tokens_by_modality", "input_{}_tokens"),
        ("output_tokens_by_modality", "output_{}_tokens"),
    ):
        details = block.get(key)
        for detail in details if isinstance(details, list) else ():
            if not isinstance(detail, Mapping):
                continue
            modality = str(detail.get("modality", "")).lower()
            modality = _MODALITIES.get(modality, modality)
            count = counts.number(detail.get("tokenCount", detail.get("tokens")), key)
            if count and modality in ("audio", "image", "video"):
                unit = name.format(modality)
                units[unit] = units.get(unit, 0) + count
    return units


def _with_cached(
    shape: Shape, given: int, cached: int, output: int, total: int | None
) -> tuple[int, int | None]:
    """Return all input tokens, and the total if it counts the cached ones too."""
    if total != given + output:
        return given + cached, total
    # Proxies put OpenAI's meaning of input into Anthropic's keys; Bedrock's total may leave the cached tokens out.
    return (given, total) if shape is ANTHROPIC else (given + cached, None)


def _apart(given: int, output: int, reasoning: int, total: int | None, provider: str, model: str) -> int:
    """Return the reasoning tokens that are billed but not counted as completion tokens."""
    if provider == "perplexity":
        return reasoning
    if total == given + output:
        return 0
    if total == given + output + reasoning or (total is None and provider == "x-ai"):
        return reasoning
    # Gemini's OpenAI endpoint leaves thoughts out of the completion and of the details, not out of the total.
    if total is not None and total > given + output and not reasoning and _is_google(provider, model):
        return total - given - output
    return 0


def _is_google(provider: str, model: str) -> bool:
    return provider == "google" or "gemini" in model.lower()


def _completed(given: int | None, output: int | None, total: int | None) -> tuple[int | None, int | None]:
    """Return input and output, the one that is missing taken from the total."""
    if total is None or (given is not None and output is not None):
        return given, output
    if given is None and output is None:
        return total, 0
    if given is None:
        return (max(total - (output or 0), 0), output)
    return given, max(total - given, 0)
