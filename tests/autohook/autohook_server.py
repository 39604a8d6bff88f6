"""A provider on loopback that answers as it is told, for tests of what is seen on the wire."""

import gzip
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNKS = (
    {
        "id": "chatcmpl-0123456789abcdefghij",
        "model": "gpt-4o-mini",
        "choices": [{"delta": {"content": "Hel"}}],
    },
    {"choices": [{"delta": {"content": "lo"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}},
)


def answer(number):
    return {
        "id": f"chatcmpl-0123456789abcdef{number:04d}",
        "model": "gpt-4o-mini",
        "choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        server.count += 1
        how = asked.get("how", "")
        if how == "stall":
            time.sleep(asked.get("seconds", 1))
        if how == "kill":
            os.kill(asked["pid"], signal.SIGKILL)
            self.close_connection = True
        elif how == "refuse":
            self.send(429, b'{"error":{"message":"slow down","type":"rate_limit"}}', ("retry-after", "1"))
        elif asked.get("stream"):
            self.stream(how)
        elif how == "gzip":
            self.send(
                200, gzip.compress(json.dumps(answer(server.count)).encode()), ("content-encoding", "gzip")
            )
        else:
            self.send(200, json.dumps(answer(server.count)).encode())

    def send(self, status, body, *headers):
        self.send_response(status)
        for name, value in (("content-type", "application/json"), *headers):
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, how):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        if how == "gzip":
            self.send_header("content-encoding", "gzip")
        self.end_headers()
        events = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in CHUNKS]
        if how == "no usage":
            del events[-1]
        if how == "gzip":
            self.chunk(gzip.compress(b"".join(events) + b"data: [DONE]\n\n"))
            self.wfile.write(b"0\r\n\r\n")
            return
        for event in events[:2] if how in ("cut", "early end") else events:
            self.chunk(event)
            time.sleep(0.002)
        if how == "cut":
            self.close_connection = True
            self.connection.close()
            return
        if how != "early end":
            self.chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    count = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1/chat/completions"


def serve():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
