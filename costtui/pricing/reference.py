"""The many ways in which one model is named, led back to the names of the price library."""

import re
from functools import lru_cache

from costtui.pricing.origin import provider_of_model

PROVIDERS: dict[str, str] = {
    alias: provider
    for provider, aliases in {
        "openai": "openai chatgpt openai_chat openai-responses openai_responses text-completion-openai",
        "azure": "azure azure_openai azure-openai azure_ai azure.ai.openai azure.ai.inference az.ai.openai azureopenai azure_text",
        "anthropic": "anthropic claude anthropic_chat",
        "google": "google gemini vertex vertexai vertex_ai vertex-ai google_genai google-genai google_vertexai"
        " google-vertex google-gla gcp.gemini gcp.vertex_ai gcp.gen_ai google_vertex_ai google_anthropic_vertex",
        "aws": "aws bedrock aws.bedrock aws_bedrock amazon amazon_bedrock amazon-bedrock bedrock_converse bedrock-converse",
        "mistral": "mistral mistralai mistral_ai mistral-ai",
        "x-ai": "x-ai xai x_ai grok",
        "cohere": "cohere cohere_chat",
        "deepseek": "deepseek deep_seek deepseek-ai",
        "groq": "groq",
        "cerebras": "cerebras",
        "together": "together together_ai together-ai togetherai",
        "fireworks": "fireworks fireworks_ai fireworks-ai",
        "perplexity": "perplexity perplexity-ai pplx",
        "moonshotai": "moonshotai moonshot moonshot-ai",
        "openrouter": "openrouter open_router",
        "voyageai": "voyageai voyage voyage_ai",
        "zhipuai": "zhipuai zhipu",
        "ollama": "ollama ollama_chat",
        "llama.cpp": "llama.cpp llamacpp llama_cpp",
        "github-copilot": "github-copilot github_copilot copilot",
    }.items()
    for alias in aliases.split()
}
"""Other names of a provider → its name in the price library."""

_GATEWAYS = frozenset(
    {"", "litellm", "litellm_proxy", "unknown", "langchain", "gateway", "portkey", "helicone", "proxy"}
)
"""Names that say nothing about who answered: the model's name decides."""

_REGION = re.compile(r"^(us|eu|apac|ap|au|jp|ca|sa|me|af|global|us-gov)\.(?=[a-z0-9]+\.)")
_DATE = re.compile(r"[-@](20\d{2}-?[01]\d-?[0-3]\d|latest|default|preview-\d{2}-\d{2}|\d{4})$")
_REVISION = re.compile(r"(-v\d+)?:\d+(:[\w]+)?$")


def provider_id(provider: str | None) -> str:
    """Return the price library's name of a provider; empty for a gateway that stands before any of them."""
    name = (provider or "").strip().lower()
    name = PROVIDERS.get(name, name)
    return "" if name in _GATEWAYS else name


@lru_cache(maxsize=4096)
def references(provider: str | None, model: str) -> tuple[tuple[str, str], ...]:
    """Return (provider, model) pairs to look a price up under, the most literal first; an empty provider is any.

    Knows ``openai/gpt-4o``, ``openai:gpt-4o``, ``models/gemini-2.5-flash``, ``azure/gpt-4o``,
    ``us.anthropic.claude-…-v1:0``, ARNs, publishers' paths of Vertex, ``-latest`` and dated snapshots.
    """
    path = model.strip().lower()
    owner, name = _split(provider_id(provider), _path_end(path))
    if not owner:
        owner = "google" if "publishers/" in path else provider_of_model(name)
    names = [name]
    for pattern in (_REGION, _REVISION, _DATE):
        names += [pattern.sub("", found) for found in names if pattern.search(found)]
    if "@" in name:
        names.insert(1, name.replace("@", "-"))
    found = [(owner, found) for found in dict.fromkeys(names) if found]
    if owner == "aws" and (maker := provider_of_model(name)) not in ("", "aws"):
        found.append((maker, name))  # Bedrock answers with the maker's name for a model
    return tuple(found)


def undated(model: str) -> str:
    """Return a model's name without the date, revision or ``-latest`` that answers add to it or leave out."""
    return _DATE.sub("", _REVISION.sub("", model)) or model


def fine_tuned_base(model: str) -> str | None:
    """Return the model that an OpenAI fine-tune (``ft:BASE:…``) was made from, None for any other name."""
    _, name = _split("", model.strip())
    match = re.match(r"ft:([^:]+)", name, flags=re.IGNORECASE)
    return match[1] if match else None


def _path_end(name: str) -> str:
    """Return the model in a resource path of Google or AWS, or the name itself."""
    if name.startswith(("projects/", "publishers/", "models/", "tunedmodels/")) or "/publishers/" in name:
        return name.rsplit("/models/", 1)[-1].removeprefix("models/")
    if name.startswith("arn:aws"):
        return name.rsplit("/", 1)[-1]
    return name


def _split(owner: str, name: str) -> tuple[str, str]:
    """Take provider prefixes (``azure/``, ``bedrock/converse/``, ``openai:``) off a model's name."""
    while match := re.match(r"([\w.-]+)[/:](?=.)", name):
        prefix = PROVIDERS.get(match[1], match[1])
        rest = name[match.end() :]
        if owner == "aws" and prefix in ("converse", "invoke", "converse_like"):
            name = rest
        elif prefix in _GATEWAYS or (prefix in PROVIDERS.values() and owner in ("", prefix)):
            owner, name = ("" if prefix in _GATEWAYS else prefix), rest
        else:
            break
        if owner == "openrouter":
            break  # its models are named VENDOR/MODEL
    return owner, _path_end(name)
