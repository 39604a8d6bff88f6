"""Runs all benchmarks, or those whose name contains a word: ``python -m benchmarks [--full] [WORD …]``."""

import importlib
import os
import pkgutil
import sys

import benchmarks
from benchmarks.measure import Measure, table


def main() -> None:
    """Run modules with a ``run()`` and print one table with medians."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if "--full" in sys.argv:
        os.environ["COSTTUI_BENCHMARKS_FULL"] = "1"
    measures: list[Measure] = []
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name in ("measure", "__main__") or (
            words and not any(word in module.name for word in words)
        ):
            continue
        run = getattr(importlib.import_module(f"benchmarks.{module.name}"), "run", None)
        if run is not None:
            print(f"{module.name} …", file=sys.stderr, flush=True)
            measures += run()
    print(table(measures))


if __name__ == "__main__":
    main()
