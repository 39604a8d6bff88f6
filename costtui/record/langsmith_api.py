"""LangSmith's REST API: the model calls of a project in a stretch of time."""

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from costtui.errors import ProviderError
from costtui.record.langsmith import Account
from costtui.record.langsmith_calls import TracedCall, read_traced, without_inner
from costtui.text import plain, shorten
from costtui.window import from_us

PAGE = 100
ATTEMPTS = 4
"""Requests at most for one answer where LangSmith is busy."""
_LONGEST_PAUSE_S = 30.0
_MISSING = (404, 405)
_FIELDS = (
    "id",
    "trace_id",
    "parent_run_ids",
    "start_time",
    "end_time",
    "status",
    "metadata",
    "outputs",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_token_details",
    "completion_token_details",
    "total_cost",
    "price_model_id",
)


class LangSmith:
    """Asks LangSmith; a context manager. Everything raises ProviderError, and no message shows the key."""

    def __init__(
        self,
        account: Account,
        *,
        timeout_s: float = 30.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        headers = {"x-api-key": account.key, "accept": "application/json"}
        if account.workspace:
            headers["x-tenant-id"] = account.workspace
        self._account = account
        self._client = httpx.Client(headers=headers, timeout=timeout_s)
        self._sleep = sleep
        self._project_id = ""
        self._old_api = False

    def calls(self, start_us: int, end_us: int) -> list[TracedCall]:
        """Return the model calls of the project that started in a stretch of time, oldest first, each once."""
        runs = self._runs(self._project(), _iso(start_us), _iso(end_us))
        return without_inner(call for run in runs if (call := read_traced(run)) is not None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _runs(self, project_id: str, start: str, end: str) -> Iterator[Mapping[str, Any]]:
        if not self._old_api:
            query = {
                "project_ids": [project_id],
                "run_type": "LLM",
                "min_start_time": start,
                "max_start_time": end,
                "selects": [name.upper() for name in _FIELDS],
                "page_size": PAGE,
            }
            url = f"{_root(self._account.endpoint)}/api/v2/runs/query"
            first = self._request("POST", url, json=query)
            if first.status_code not in _MISSING:
                yield from self._pages(first, url, query, "items", _next_of_new)
                return
            self._old_api = True
        query = {
            "session": [project_id],
            "run_type": "llm",
            "start_time": start,
            "filter": f'lte(start_time, "{end}")',
            "select": [name for name in _FIELDS if name != "metadata"] + ["extra"],
            "limit": PAGE,
        }
        url = f"{self._account.endpoint}/runs/query"
        yield from self._pages(self._request("POST", url, json=query), url, query, "runs", _next_of_old)

    def _pages(
        self,
        answer: httpx.Response,
        url: str,
        query: Mapping[str, Any],
        items: str,
        next_of: Callable[[Mapping[str, Any]], str],
    ) -> Iterator[Mapping[str, Any]]:
        seen: set[str] = set()
        while True:
            page = self._read(answer)
            found = page.get(items)
            yield from (run for run in found or () if isinstance(run, Mapping))
            cursor = next_of(page)
            if not cursor or cursor in seen or not found:
                return
            seen.add(cursor)
            answer = self._request("POST", url, json={**query, "cursor": cursor})

    def _project(self) -> str:
        """Return the id of the project."""
        if not self._project_id:
            name = self._account.project
            answer = self._request(
                "GET", f"{self._account.endpoint}/sessions", params={"name": name, "limit": 1}
            )
            found = self._read(answer, list)
            project = found[0] if found and isinstance(found[0], Mapping) else {}
            if not isinstance(project.get("id"), str):
                raise ProviderError(
                    f"LangSmith has no project {plain(name)!r} at {self._account.endpoint}:"
                    " set LANGSMITH_PROJECT to the name that your program is traced under"
                )
            self._project_id = project["id"]
        return self._project_id

    def _request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Return an answer, after some patience where LangSmith cannot be reached, is busy, or fails."""
        for attempt in range(1, ATTEMPTS):
            try:
                answer = self._client.request(method, url, **options)
            except httpx.TransportError:
                self._sleep(2.0 ** (attempt - 1))
                continue
            if answer.status_code != 429 and answer.status_code < 500:
                return answer
            self._sleep(_pause(answer, attempt))
        try:
            return self._client.request(method, url, **options)
        except httpx.HTTPError as error:
            raise ProviderError(
                f"cannot reach LangSmith at {self._account.endpoint} ({type(error).__name__}):"
                " costs stay as they were recorded"
            ) from None

    def _read(self, answer: httpx.Response, kind: type = dict) -> Any:
        if answer.status_code in (401, 403):
            raise ProviderError(
                f"LangSmith at {self._account.endpoint} refused the key ({answer.status_code}):"
                " check LANGSMITH_API_KEY, and LANGSMITH_WORKSPACE_ID where the key is of several workspaces"
            )
        if answer.status_code != 200:
            said = shorten(plain(answer.text.replace(self._account.key, "***")), 200)
            raise ProviderError(
                f"LangSmith at {self._account.endpoint} answered {answer.status_code}: {said};"
                " costs stay as they were recorded"
            )
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, kind):
            raise ProviderError(
                f"{self._account.endpoint} does not answer as LangSmith does: check LANGSMITH_ENDPOINT"
            )
        return value


def _root(endpoint: str) -> str:
    """Return where the API begins: environments name it, or the older API inside it."""
    return endpoint.removesuffix("/api/v1").removesuffix("/api")


def _next_of_new(page: Mapping[str, Any]) -> str:
    cursor = page.get("next_cursor")
    return cursor if isinstance(cursor, str) else ""


def _next_of_old(page: Mapping[str, Any]) -> str:
    cursors = page.get("cursors")
    cursor = cursors.get("next") if isinstance(cursors, Mapping) else None
    return cursor if isinstance(cursor, str) else ""


def _pause(answer: httpx.Response, attempt: int) -> float:
    try:
        asked = float(answer.headers.get("retry-after", ""))
    except ValueError:
        asked = 2.0 ** (attempt - 1)
    return min(max(asked, 0.0), _LONGEST_PAUSE_S)


def _iso(instant_us: int) -> str:
    return from_us(instant_us).isoformat().replace("+00:00", "Z")
