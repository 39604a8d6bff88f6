"""A row of values as a row of block characters."""

from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int = 8) -> str:
    """Return values as a line of blocks, at most ``width`` wide; neighbours are added up where there are more.

    Zero is blank, the largest value is a full block, and everything above zero is visible.
    """
    sums = _fold(values, width)
    top = max(sums, default=0)
    if top <= 0:
        return ""
    return "".join(
        " " if value <= 0 else _BLOCKS[min(int(value / top * len(_BLOCKS)), len(_BLOCKS) - 1)]
        for value in sums
    )


def _fold(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    return [sum(values[left:right]) for left, right in pairwise(edges)]
