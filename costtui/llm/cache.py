"""Answers kept for a while, for requests that are exactly the same."""

import json
import threading
import unicodedata
from collections import OrderedDict
from hashlib import blake2b

from costtui.llm.config import Completion
from costtui.llm.wire import Ask


def cache_key(provider: str, ask: Ask) -> str:
    """Return what two requests have in common when one answer serves both.

    Prompts are compared after Unicode normalisation and with runs of blanks made one; everything else as it is.
    """
    messages = [
        [message["role"], " ".join(unicodedata.normalize("NFC", message["content"]).split())]
        for message in ask.messages
    ]
    exact = [provider, ask.model, messages, ask.max_tokens, ask.temperature, dict(ask.parameters)]
    text = json.dumps(exact, sort_keys=True, default=str)
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


class ResponseCache:
    """The newest answers, each for a limited time; safe for threads."""

    def __init__(self, ttl_s: float, entries: int) -> None:
        self._ttl_s = ttl_s
        self._entries = entries
        self._kept: OrderedDict[str, tuple[float, Completion]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, now_s: float) -> Completion | None:
        """Return the answer kept under a key, None where there is none or it is too old."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if now_s - kept[0] > self._ttl_s:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def put(self, key: str, completion: Completion, now_s: float) -> None:
        """Keep an answer; the one that was not asked for longest gives way."""
        with self._lock:
            self._kept[key] = (now_s, completion)
            self._kept.move_to_end(key)
            while len(self._kept) > self._entries:
                self._kept.popitem(last=False)
