"""What ``costtui doctor`` wants to know of a program besides its calls: who else talks to model hosts."""

import atexit
import os
import sys
from typing import Any

from costtui.llm.endpoints import model_host
from costtui.record.autohook.child import relay

CLIENTS = (
    "litellm",
    "google.genai",
    "aiohttp",
    "requests",
    "botocore",
    "grpc",
    "pycurl",
    "urllib3",
    "http.client",
)
"""Libraries that can talk to a model host without being seen, the most telling first."""
_OF_OTHERS = ("urllib3", "http.client")
"""Loaded by so much that it says nothing that they are."""


def look() -> None:
    """Report this interpreter, and every connection to a known model host that is opened from now on."""
    relay().note("python", pid=str(os.getpid()), version=sys.version.split()[0], prefix=sys.prefix)
    seen: set[str] = set()

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.getaddrinfo":
            return
        host = (
            arguments[0].decode("ascii", "replace") if isinstance(arguments[0], bytes) else str(arguments[0])
        )
        if host not in seen and model_host(host):
            seen.add(host)
            loaded = [name for name in CLIENTS if name in sys.modules]
            relay().note("host", host=host, clients=" ".join(loaded))

    sys.addaudithook(audit)
    atexit.register(_say_loaded)


def _say_loaded() -> None:
    loaded = [name for name in CLIENTS if name in sys.modules and name not in _OF_OTHERS]
    relay().note("loaded", clients=" ".join(loaded))
