"""Tells requests to models from all others by host and path, and whose models they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_HOSTS: dict[str, str] = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "cognitiveservices.azure.com": "azure",
    "models.inference.ai.azure.com": "azure",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "aiplatform.googleapis.com": "google-vertex",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.mistral.ai": "mistral",
    "codestral.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.cerebras.ai": "cerebras",
    "openrouter.ai": "openrouter",
    "api.x.ai": "x-ai",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "api.perplexity.ai": "perplexity",
    "api.moonshot.ai": "moonshotai",
    "api.moonshot.cn": "moonshotai",
    "dashscope.aliyuncs.com": "alibaba",
    "dashscope-intl.aliyuncs.com": "alibaba",
    "api.novita.ai": "novita",
    "router.huggingface.co": "huggingface",
    "api.voyageai.com": "voyageai",
    "ai-gateway.vercel.sh": "vercel",
    "localhost:11434": "ollama",
    "127.0.0.1:11434": "ollama",
}
"""Host, or the end of it → provider, by the names that the price book uses."""

_BEDROCK = re.compile(r"bedrock-runtime[.-][a-z0-9-]+\.amazonaws\.com$")
_SURE = re.compile(
    r"/chat/completions$|/v\d\w*/(?:completions|responses|embeddings)$|/v1/messages$|/openai/deployments/[^/]+/"
    r"|:(?:generate|streamGenerate|embed|batchEmbed)Contents?$|/api/(?:chat|generate|embed|embeddings)$"
)
"""Paths that name a model call on whatever host: proxies, gateways and servers of one's own."""
_OTHER = re.compile(
    r"/(?:completions|responses|messages|embeddings|complete|chat|rerank|embed|generate|moderations|interactions)$"
    r"|/(?:images/(?:generations|edits|variations)|audio/(?:speech|transcriptions|translations))$"
    r"|/threads/runs$|/threads/[^/]+/runs(?:/[^/]+/submit_tool_outputs)?$"
    r"|:(?:predict|rawPredict|streamRawPredict|generateAnswer)$"
    r"|/model/[^/]+/(?:invoke|converse)(?:-with-response-stream|-stream)?$"
)
"""Paths that name a model call on a host that is known."""
_IN_PATH = re.compile(r"/models/([^/:]+):|/model/([^/]+)/(?:invoke|converse)|/openai/deployments/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a URL says of a request to a model."""

    provider: str
    """Empty where the path names a model call and the host says nothing."""
    model: str = ""
    """The model, where the path names it."""
    sure: bool = True
    """False where only the body can tell that it is a model call."""


def recognise(host: str, path: str, own: Mapping[str, str]) -> Endpoint | None:
    """Return what a POST to this host (with the port, if any) and path is, None if it is no model call.

    ``own`` maps hosts of the settings to provider names; they win over the built-in ones.
    """
    host = host.lower()
    path = unquote(path).rstrip("/")
    provider = own.get(host) or _provider(host)
    if provider:
        if not (_SURE.search(path) or _OTHER.search(path)):
            return None
    elif not _SURE.search(path):
        return None
    named = _IN_PATH.search(path)
    model = next((group for group in named.groups() if group), "") if named else ""
    return Endpoint(provider, model, sure=bool(provider))


def model_host(host: str) -> str:
    """Return the provider whose host this is, empty for any other host."""
    return _provider(host.lower())


def _provider(host: str) -> str:
    if host in _HOSTS:
        return _HOSTS[host]
    name = host.partition(":")[0]
    if _BEDROCK.search(name):
        return "aws"
    labels = name.split(".")
    for start in range(len(labels) - 1):
        if found := _HOSTS.get(".".join(labels[start:])):
            return found
    return "google-vertex" if name.endswith("-aiplatform.googleapis.com") else ""
