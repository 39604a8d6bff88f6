"""A server that answers as LangSmith's API does, in its new and in its old version."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from costtui.window import from_us

KEY = "lsv2_pt_0123456789abcdef"
PROJECT = "11111111-2222-3333-4444-555555555555"
_BATCHES = {
    "use_multipart_endpoint": False,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 16,
    "scale_down_nempty_trigger": 4,
    "size_limit": 100,
    "size_limit_bytes": 20_971_520,
}


def model_run(run_id, started_us, *, trace="trace", cost=0.002, tokens=(10, 2), **facts):
    """Return a model run as LangSmith keeps it."""
    return {
        "id": run_id,
        "trace_id": trace,
        "parent_run_ids": [trace, *facts.pop("inside", [])],
        "run_type": "LLM",
        "start_time": from_us(started_us).isoformat(),
        "end_time": from_us(started_us + 1_500_000).isoformat(),
        "status": "SUCCESS",
        "metadata": {
            "ls_provider": "openai",
            "ls_model_name": "gpt-4o-mini",
            "langgraph_node": facts.pop("node", "extract"),
            **facts.pop("metadata", {}),
        },
        "outputs": {
            "generations": [
                [{"message": {"kwargs": {"response_metadata": {"id": facts.pop("response", "")}}}}]
            ]
        },
        "prompt_tokens": tokens[0],
        "completion_tokens": tokens[1],
        "total_tokens": sum(tokens),
        "prompt_token_details": {"raw": {"cache_read": 4}},
        "completion_token_details": {"raw": {"reasoning": 1}},
        "total_cost": cost,
        "price_model_id": "price-1",
        **facts,
    }


class LangSmithServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Api)
        self.runs = []
        self.traced = {}
        """Runs that a tracer has sent, by their id."""
        self.asked = []
        self.page = 100
        self.new_api = True
        self.failures = []
        """Status codes to answer with before it works."""
        self.before_answer = lambda: None

    def take(self, run):
        """Keep what a tracer sends, and compute tokens and costs of a model run that has ended as LangSmith does."""
        kept = self.traced.setdefault(run["id"], {})
        kept.update({name: value for name, value in run.items() if value is not None})
        metadata = kept.get("extra", {}).get("metadata", {})
        usage = metadata.get("usage_metadata")
        if kept["run_type"] == "llm" and "end_time" in kept:
            ids = [part.partition("Z")[2] for part in kept["dotted_order"].split(".")]
            counts = {"prompt_tokens": usage["input_tokens"], "completion_tokens": usage["output_tokens"]}
            self.runs.append(
                {
                    **model_run(kept["id"], 0),
                    **{name: kept[name] for name in ("trace_id", "start_time", "end_time", "outputs")},
                    "parent_run_ids": ids[:-1],
                    "metadata": metadata,
                    "total_cost": usage["total_tokens"] / 1_000_000,
                    **counts,
                }
            )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()


class _Api(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        if not self._may():
            return
        if address.path == "/info":
            self._answer(200, {"version": "0.15.0", "batch_ingest_config": _BATCHES})
        elif address.path.endswith("/sessions"):
            named = parse_qs(address.query)["name"] == ["pipeline"]
            self._answer(200, [{"id": PROJECT, "name": "pipeline"}] if named else [])
        else:
            self._answer(404, {"detail": "Not Found"})

    def do_POST(self):
        query = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self._may():
            return
        self.server.before_answer()
        if self.path == "/api/v2/runs/query" and self.server.new_api:
            self._new(query)
        elif self.path in ("/runs/query", "/api/v1/runs/query"):
            self._old(query)
        elif self.path == "/runs/batch":
            for run in (*query.get("post", ()), *query.get("patch", ())):
                self.server.take(run)
            self._answer(202, {})
        elif self.path == "/runs":
            self.server.take(query)
            self._answer(202, {})
        else:
            self._answer(404, {"detail": "Not Found"})

    def do_PATCH(self):
        self.server.take(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self._answer(202, {})

    def _new(self, query):
        assert query["project_ids"] == [PROJECT]
        until = query.get("max_start_time") or datetime.now(UTC).isoformat()
        since = query.get("min_start_time") or str(datetime.fromisoformat(until) - timedelta(days=1))
        runs = self._between(since, until) if query.get("run_type") == "LLM" else []
        names = {"id", *(name.lower() for name in query.get("selects", ()))}
        self._page(query, "items", [{name: run[name] for name in run.keys() & names} for run in runs])

    def _old(self, query):
        assert query["session"] == [PROJECT]
        runs = self._between(query["start_time"], query["filter"].split('"')[1])
        found = []
        for run in runs if query["run_type"] == "llm" else []:
            old = {
                **run,
                "extra": {"metadata": run["metadata"]},
                "start_time": run["start_time"].removesuffix("+00:00"),
                "prompt_token_details": run["prompt_token_details"]["raw"],
                "completion_token_details": run["completion_token_details"]["raw"],
                "total_cost": None if run["total_cost"] is None else str(run["total_cost"]),
                "status": run["status"].lower(),
            }
            found.append({name: old[name] for name in old if name in query["select"]})
        self._page(query, "runs", found)

    def _between(self, since, until):
        since, until = (datetime.fromisoformat(text) for text in (since, until))
        return [
            run for run in self.server.runs if since <= datetime.fromisoformat(run["start_time"]) <= until
        ]

    def _page(self, query, items, runs):
        start = int(query.get("cursor") or 0)
        end = start + min(query.get("page_size") or query.get("limit") or 100, self.server.page)
        following = str(end) if end < len(runs) else None
        cursor = {"next_cursor": following} if items == "items" else {"cursors": {"next": following}}
        self._answer(200, {items: runs[start:end], **cursor})

    def _may(self):
        self.server.asked.append(self.path)
        if self.server.failures:
            self._answer(self.server.failures.pop(0), {"detail": f"busy; your key is {KEY}"})
            return False
        if self.headers.get("x-api-key") != KEY:
            self._answer(403, {"detail": "Forbidden"})
            return False
        return True

    def _answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status in (429, 503):
            self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
