"""Text cut and padded to a number of terminal cells."""

from typing import Literal

from rich.cells import cell_len, set_cell_size

Align = Literal["left", "right"]


def fit(text: str, width: int, align: Align = "left") -> str:
    """Return text of exactly a width in cells, with an ellipsis where something was cut."""
    if width <= 0:
        return ""
    size = cells(text)
    if size > width:
        return cut(text, width)
    padding = " " * (width - size)
    return padding + text if align == "right" else text + padding


def cut(text: str, width: int) -> str:
    """Return text of at most a width in cells, padded only where half of a wide character was cut."""
    if width <= 0:
        return ""
    if cells(text) <= width:
        return text
    return text[: width - 1] + "…" if text.isascii() else set_cell_size(text, width - 1) + "…"


def cells(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of a text, broken at spaces where they can be, each at most a width in cells."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrapped(paragraph, max(width, 1)))
    return lines


def _wrapped(paragraph: str, width: int) -> list[str]:
    lines: list[str] = []
    rest = paragraph
    while cells(rest) > width:
        end = _longest_prefix(rest, width)
        space = rest.rfind(" ", 0, end + 1)
        if space > 0 and rest[:space].strip():
            lines.append(rest[:space])
            rest = rest[space + 1 :]
        else:
            lines.append(rest[:end])
            rest = rest[end:]
    return [*lines, rest]


def _longest_prefix(text: str, width: int) -> int:
    """Return how many characters fit, at least one."""
    end = width
    while end > 1 and cells(text[:end]) > width:
        end -= 1
    while end < len(text) and cells(text[: end + 1]) <= width:
        end += 1
    return end
