"""The fixes that ``costtui doctor`` proposes where it takes more than a sentence to say which one is true."""

from collections.abc import Collection
from urllib.parse import urlsplit

from costtui.llm.endpoints import recognise

RECORD = "record the answer yourself: costtui.CostTracker().record_call(answer=response.json(), url=str(response.url))"
_OWN_CLIENTS = {
    "litellm": "litellm uses aiohttp unless told otherwise: litellm.disable_aiohttp_transport = True",
    "google.genai": "google-genai uses aiohttp where that is installed: genai.Client(http_options="
    "types.HttpOptions(httpx_async_client=httpx2.AsyncClient())), or: pip uninstall aiohttp",
    "botocore": f"{RECORD.replace('response.json()', 'response')}, where response is what invoke_model's body or converse gave",
    "grpc": f"use the provider's SDK over HTTP if it has one, or {RECORD}",
}
"""What talks past httpx by itself → how to make it not, or what to do instead; the most telling first."""
_WIRES = (("/messages", "anthropic"), ("Content", "gemini"))


def past_httpx(clients: Collection[str]) -> str:
    """Return what to do about a program that reached a model with one of these libraries."""
    for name, fix in _OWN_CLIENTS.items():
        if name in clients:
            return fix
    return f"use the provider's official SDK, or {RECORD}"


def name_host(url: str) -> str:
    """Return the lines of the settings that give the host of a URL a provider's name."""
    parts = urlsplit(url)
    ending = next(
        (
            end
            for end in ("/chat/completions", "/responses", "/messages", "/embeddings")
            if parts.path.endswith(end)
        ),
        "",
    )
    path = parts.path.removesuffix(ending) if ending else parts.path.partition("/models/")[0]
    lines = ["[providers.mine]", f'base_url = "{parts.scheme}://{parts.netloc}{path.rstrip("/")}"']
    lines += [f'wire = "{wire}"' for end, wire in _WIRES if parts.path.endswith(end)]
    return "\n".join(("add to the settings:", *lines))


def see_path(url: str) -> str:
    """Return what to do so that requests to a URL count, where models answer there."""
    parts = urlsplit(url)
    if recognise(parts.netloc, parts.path, {parts.netloc.lower(): "mine"}) is None:
        return f"if models answer there, {RECORD}"
    return f"if models answer there, {name_host(url)}"
