"""The tap: an events endpoint for SDKs of any language that records what they send and never breaks them."""

import hmac
import json
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from costtui.attribution.sender import events_path
from costtui.errors import PayloadError, SettingsError
from costtui.launchdarkly.bodies import read_body
from costtui.launchdarkly.capture import Body, Capture
from costtui.launchdarkly.forward import Answer, Destination, Post

BODY_LIMIT = 64 * 2**20
_CONNECTIONS = 128
_IDLE_S = 90.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Expose-Headers": "Date",
    "Access-Control-Max-Age": "300",
}


class Tap:
    """Listens for events in threads of its own. Close it to stop.

    Answers 202, or what the upstream answers; on trouble of its own 503, because 401, 403, 404 and 413 would silence an
    SDK for as long as its process lives.
    """

    def __init__(
        self, capture: Capture, destination: Destination | None = None, *, host: str = "127.0.0.1", port: int = 0,
        token: str = "",
    ) -> None:  # fmt: skip
        if host not in _LOOPBACK and not token:
            raise SettingsError(
                f"tap: listening on {host} needs --token, so that not everybody can write to your store"
            )
        self._token = token
        try:
            self._server = _Server((host, port), capture, destination, token)
        except OSError as error:
            raise SettingsError(f"tap: cannot listen on {host}:{port}: {error.strerror}") from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="costtui-tap", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What to give an SDK as its events URI."""
        host, port = self._server.server_address[:2]
        shown = host.decode() if isinstance(host, bytes | bytearray) else host
        return f"http://{shown}:{port}" + (f"/{self._token}" if self._token else "")

    def close(self) -> None:
        """Stop listening; requests under way are answered."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], capture: Capture, destination: Destination | None, token: str
    ) -> None:
        self.capture = capture
        self.destination = destination
        self.token = token
        self.room = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, or answer 503 at once where too many are open."""
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            request.sendall(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break: the sender knows."""

    def without_token(self, path: str) -> str | None:
        """Return a path without the token that begins it, None where that is not the right one."""
        if not self.token:
            return path
        prefix, _, rest = path.lstrip("/").partition("/")
        return f"/{rest}" if hmac.compare_digest(prefix.encode(), self.token.encode()) else None

    def pass_on(self, post: Post, payload_id: str, repeated: bool) -> Answer:
        """Pass a request on and return what the sender is told."""
        if self.destination is None:
            return Answer(202)
        answer = self.destination.send(post)
        # An SDK sends a body twice and then drops it, so the second failure is ours to make good.
        if answer.may_pass and (repeated or not payload_id) and self.destination.keep(post):
            return Answer(202)
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "costtui"
    sys_version = ""
    timeout = _IDLE_S
    server: _Server
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Take a body of events."""
        try:
            content = read_body(self.headers, self.rfile, BODY_LIMIT)
        except PayloadError:
            self.close_connection = True
            self._reply(Answer(503))
            return
        path = self.server.without_token(self.path)
        if path is None:
            self._reply(Answer(503))
            return
        headers = list(self.headers.items())
        payload_id = self.headers.get("X-LaunchDarkly-Payload-ID", "")
        repeated = self.server.capture.is_repeated(payload_id)
        if not repeated:
            self.server.capture.expect()
        try:
            answer = self.server.pass_on(Post(events_path(path), headers, content), payload_id, repeated)
        except Exception:  # trouble of the tap must not become the sender's
            answer = Answer(503)
        try:
            self._reply(answer)
        finally:
            # Only now: reading the body would make the sender wait for the interpreter.
            if not repeated:
                self.server.capture.put(Body(path, {name.lower(): value for name, value in headers}, content))

    def do_OPTIONS(self) -> None:
        """Let browsers send."""
        wanted = self.headers.get("Access-Control-Request-Headers", "")
        clean = "".join(char for char in wanted if char.isprintable())
        self._reply(Answer(204, {"Access-Control-Allow-Headers": clean} if clean else {}))

    def do_GET(self) -> None:
        """Say that the tap is there, and what it has seen."""
        counts = self.server.capture.counts
        body = json.dumps({name: getattr(counts, name) for name in counts.__slots__}).encode()
        self._reply(Answer(200, {"content-type": "application/json"}, body))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP with 503, never with a status that silences an SDK."""
        self.request_version = self.protocol_version
        self.close_connection = True
        self._reply(Answer(503))

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: headers hold keys."""

    def _reply(self, answer: Answer) -> None:
        headers = {**_CORS, **answer.headers}
        if not any(name.lower() == "date" for name in headers):
            headers["Date"] = formatdate(usegmt=True)
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
