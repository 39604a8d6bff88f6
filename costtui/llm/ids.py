"""New ids for calls and operations, without a system call for each and without touching the program's own random numbers."""

import os
import random

_random = random.Random()  # noqa: S311 - ids, not secrets
os.register_at_fork(after_in_child=_random.seed)


def new_id() -> str:
    """Return 128 random bits as 32 hexadecimal digits."""
    return f"{_random.getrandbits(128):032x}"
