"""Which provider sent an answer, told by its address, by what is peculiar to it, or by the model's name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

_HOSTS: tuple[tuple[str, str], ...] = (
    ("openai.azure.com", "azure"),
    ("services.ai.azure.com", "azure"),
    ("cognitiveservices.azure.com", "azure"),
    ("azure-api.net", "azure"),
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("googleapis.com", "google"),
    ("amazonaws.com", "aws"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral"),
    ("api.cerebras.ai", "cerebras"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x-ai"),
    ("openrouter.ai", "openrouter"),
    ("api.perplexity.ai", "perplexity"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.moonshot.ai", "moonshotai"),
    ("api.moonshot.cn", "moonshotai"),
    ("api.voyageai.com", "voyageai"),
)
_OLLAMA_PORT = 11434
_MODEL_IN_PATH = re.compile(r"/(?:models|model|deployments)/([^/?]+)")

_NAMES: tuple[tuple[str, str], ...] = (
    (r"(gpt-|chatgpt-|o[134](-|$)|text-embedding-|davinci|whisper-|tts-|dall-e|codex-|ft:)", "openai"),
    (r"claude", "anthropic"),
    (r"(models/)?(gemini|text-embedding-00|gemini-embedding)", "google"),
    (r"deepseek", "deepseek"),
    (r"(command|embed-(english|multilingual|v)|rerank-|c4ai)", "cohere"),
    (
        r"(open-)?(mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|voxtral)(?!.*[:/])",
        "mistral",
    ),
    (r"grok", "x-ai"),
    (r"sonar", "perplexity"),
    (r"accounts/fireworks/", "fireworks"),
    (r"(kimi|moonshot)", "moonshotai"),
    (r"voyage", "voyageai"),
)
_BEDROCK = re.compile(
    r"((us|eu|apac|ap|au|jp|ca|global|us-gov)\.)?(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\."
)

_MARKS: tuple[tuple[str, str], ...] = (
    ("x_groq", "groq"),
    ("time_info", "cerebras"),
    ("prompt_filter_results", "azure"),
    ("usageMetadata", "google"),
    ("modelVersion", "google"),
    ("interaction", "google"),
    ("prompt_eval_duration", "ollama"),
    ("amazon-bedrock-invocationMetrics", "aws"),
    ("contentBlockDelta", "aws"),
    ("stopReason", "aws"),
    ("inputTextTokenCount", "aws"),
    ("generation_token_count", "aws"),
    ("predictions", "google"),
    ("native_finish_reason", "openrouter"),
)
_USAGE_MARKS: tuple[tuple[str, str], ...] = (
    ("queue_time", "groq"),
    ("prompt_cache_hit_tokens", "deepseek"),
    ("billed_units", "cohere"),
    ("cost_details", "openrouter"),
    ("is_byok", "openrouter"),
    ("cost_in_usd_ticks", "x-ai"),
    ("search_context_size", "perplexity"),
)


def provider_of_url(url: str) -> tuple[str, str]:
    """Return the provider and the model that a request's URL names, each empty where it names none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "", ""
    match = _MODEL_IN_PATH.search(parts.path)
    model = re.sub(r":[a-z]\w+$", "", unquote(match[1]), flags=re.IGNORECASE) if match else ""
    for suffix, provider in _HOSTS:
        if host == suffix or host.endswith("." + suffix):
            return provider, model
    return ("ollama" if port == _OLLAMA_PORT else ""), model


def provider_of(docs: Sequence[Mapping[str, Any]], model: str) -> str:
    """Return the provider that an answer's peculiarities tell, else the one its model's name tells, else nothing."""
    for document in docs:
        for mark, provider in _MARKS:
            if mark in document:
                return provider
        if document.get("object") == "interaction":
            return "google"
        delta = document.get("delta")
        usage = document.get("usage", delta.get("usage") if isinstance(delta, dict) else document.get("meta"))
        if isinstance(usage, dict):
            for mark, provider in _USAGE_MARKS:
                if mark in usage:
                    return provider
            if isinstance(document.get("provider"), str) and "cost" in usage:
                return "openrouter"
        if str(document.get("id", "")).startswith("msg_bdrk_"):
            return "aws"
        if str(document.get("id", "")).startswith("msg_vrtx_"):
            return "google"
    if provider := provider_of_model(model):
        return provider
    if any("timings" in document for document in docs):
        return "llama.cpp"  # only for a model that nobody sells: a local server may stand in for one under its name
    return "anthropic" if not model and any(doc.get("type") == "message_start" for doc in docs) else ""


def provider_of_model(model: str) -> str:
    """Return the provider that a bare model name belongs to, empty where nobody has it for himself."""
    name = model.strip().lower()
    if ":" in name and not name.startswith("ft:") and not _BEDROCK.match(name):
        return ""  # a tag of a local model: deepseek-r1:8b
    if _BEDROCK.match(name):
        return "aws"
    for pattern, provider in _NAMES:
        if re.match(pattern, name):
            return provider
    return ""
