"""Values as braille dots."""

import math
from collections.abc import Sequence

_DOTS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))
"""Braille dot of (row from below, column) in a cell of 2 × 4 dots."""

Value = float | None


def resample(values: Sequence[Value], width: int) -> list[Value]:
    """Return exactly ``width`` values: the largest of each share, or each one repeated; a peak never vanishes."""
    count = len(values)
    if not count or width < 1:
        return [None] * max(width, 0)
    columns: list[Value] = []
    for column in range(width):
        first = column * count // width
        last = max((column + 1) * count // width, first + 1)
        known = [value for value in values[first:last] if value is not None and math.isfinite(value)]
        columns.append(max(known) if known else None)
    return columns


def nice_ceiling(value: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that is not below a value; 1 for nothing."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 2.5, 5) if step * power >= value * (1 - 1e-9)), 10 * power)


def area(values: Sequence[Value], width: int, height: int, top: float) -> list[list[int]]:
    """Return the braille bits of the area under values, line by line from above; 0xFF is a full cell."""
    grid = [[0] * width for _ in range(height)]
    for column, value in enumerate(resample(values, width * 2)):
        if value is None or value < 0:
            continue
        dots = min(round(value / top * height * 4), height * 4)
        for dot in range(max(dots, 1)):
            grid[height - 1 - dot // 4][column // 2] |= _DOTS[dot % 4][column % 2]
    return grid
