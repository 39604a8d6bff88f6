"""The line of the application that called the SDK."""

import sys
from pathlib import Path
from types import FrameType

_OTHERS = ("/ldclient/", "/ldai/", "/costtui/launchdarkly/", "/launchdarkly_ai", "<")
_FRAMES = 40
_known: dict[str, str] = {}
"""File → how it is shown; empty for files that are not the application's."""


def call_site(skip: int = 1) -> str:
    """Return ``file:line`` of the nearest frame outside the SDKs, empty where there is none."""
    frame: FrameType | None = sys._getframe(skip)
    for _ in range(_FRAMES):
        if frame is None:
            break
        name = frame.f_code.co_filename
        shown = _known.get(name)
        if shown is None:
            shown = _shown(name)
        if shown:
            return f"{shown}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _shown(name: str) -> str:
    """Return a file as it is shown: relative to the working directory, where it lies below."""
    plain = name.replace("\\", "/")
    shown = ""
    if not any(other in plain or plain.startswith("<") for other in _OTHERS):
        try:
            shown = str(Path(name).relative_to(Path.cwd()))
        except (ValueError, OSError):
            shown = "/".join(plain.split("/")[-3:])
    if len(_known) < 10_000:
        _known[name] = shown
    return shown
