"""Who sent a body of events: the environment, never its key, and the SDK with its language."""

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from costtui.text import plain, shorten

_SALT = b"costtui environment"
_EVENTS_PATH = re.compile(
    r"^(/?.*?)/?(?:(?:mobile/)?events/|mobile(?=/?$)|mobile/)?(?:bulk|diagnostic)(?:/([^/?]*))?/?(?:\?.*)?$"
)
_LANGUAGES = (
    ("python", ("python",)),
    ("node", ("node", "js", "react", "javascript")),
    ("java", ("java",)),
    ("go", ("goclient",)),
    ("dotnet", ("dotnet", ".net")),
    ("ruby", ("ruby",)),
    ("php", ("php",)),
)


class Credential(StrEnum):
    """What kind of key a sender has; keys of different kinds may belong to one environment."""

    SERVER = "sdk"
    MOBILE = "mob"
    CLIENT = "client"


def environment(path: str, headers: Mapping[str, str]) -> str:
    """Return a name for the environment that a body was sent to: path prefix and a salted fingerprint of the key.

    ``env-a/sdk-1f3c8a90``; empty where neither is known. The same key gives the same name in every process, and the key
    cannot be read from it.
    """
    prefix, client_id = _path_parts(path.split("?", 1)[0])
    key = next((value for name, value in headers.items() if name.lower() == "authorization"), "").strip()
    if client_id and not key:
        mark = fingerprint_key(client_id, Credential.CLIENT)
    elif key:
        kind = Credential.MOBILE if key.startswith("mob-") or "/mobile" in path else Credential.SERVER
        mark = fingerprint_key(key, kind)
    else:
        mark = ""
    return "/".join(part for part in (shorten(plain(prefix), 80), mark) if part)


def fingerprint_key(key: str, kind: Credential = Credential.SERVER) -> str:
    """Return the salted fingerprint that stands for an SDK key."""
    return f"{kind}-{hashlib.blake2b(key.encode('utf-8', 'replace'), digest_size=4, key=_SALT).hexdigest()}"


def same_environment(one: str, other: str) -> bool:
    """Return whether two names may be one environment.

    Prefixes that were given and differ name two. Else one key is one environment; where a key is not known, or the keys are
    of different kinds (a server's and a browser's key of one environment differ), nothing says that they differ.
    """
    if one == other or not one or not other:
        return True
    (prefix, mark), (other_prefix, other_mark) = _split(one), _split(other)
    if prefix and other_prefix and prefix != other_prefix:
        return False
    return not mark or not other_mark or mark.split("-")[0] != other_mark.split("-")[0] or mark == other_mark


def user_agent(headers: Mapping[str, str]) -> str:
    """Return the SDK that sent a body, ``PythonClient/9.20.0``, empty where the headers do not say."""
    found = ""
    for name, value in headers.items():
        if name.lower() == "x-launchdarkly-user-agent":
            return shorten(plain(value), 80)
        if name.lower() == "user-agent":
            found = shorten(plain(value), 80)
    return found


@lru_cache(maxsize=256)
def language(sender: str) -> str:
    """Return the language of an SDK by its user agent: ``python``, ``node``, ``java`` …, or ``other``."""
    name = sender.lower()
    return next((known for known, marks in _LANGUAGES if any(mark in name for mark in marks)), "other")


def events_path(path: str) -> str:
    """Return the part of a path that LaunchDarkly knows, without the prefix that names an environment."""
    match = _EVENTS_PATH.match(path)
    return "/" + path[match.end(1) :].lstrip("/") if match else path


def _path_parts(path: str) -> tuple[str, str]:
    """Return the prefix before ``/bulk`` (or ``/events/bulk``, ``/mobile/events/bulk``) and a client-side id after it."""
    match = _EVENTS_PATH.match(path)
    return (match[1].strip("/"), match[2] or "") if match else (path.strip("/"), "")


def _split(name: str) -> tuple[str, str]:
    prefix, _, mark = name.rpartition("/")
    return (prefix, mark) if re.fullmatch(r"(?:sdk|mob|client)-[0-9a-f]{8}", mark) else (name, "")
