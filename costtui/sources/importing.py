"""Takes what another system recorded over into a store of ours: again, it doubles nothing and replaces what changed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Any

from costtui.errors import StoreForeign
from costtui.facts import Call, Quality, Run
from costtui.sources.detect import foreign_kinds
from costtui.sources.followed import Followed
from costtui.sources.following import FollowedFile, Progress
from costtui.sources.metrics_facts import PREFIX

Stored = Callable[[str], Run | None]
"""Gives a run of the store that is imported into, by its id."""


@dataclass
class Taken:
    """What was taken over from one source, and what was not."""

    kind: str
    facts: Counter[str] = field(default_factory=Counter)
    """Name of a kind of fact → how many."""
    cost_nano: int = 0
    unpriced: int = 0
    """Calls without a cost that can be read."""
    recorded: set[str] = field(default_factory=set)
    """Runs that costtui recorded itself: they are left as they are."""
    problems: list[str] = field(default_factory=list)
    """Files that could not be read, and why."""


def take_over(
    path: Path,
    zone: tzinfo,
    write: Callable[[list[Any]], None],
    stored: Stored,
    progress: Progress | None = None,
) -> Taken:
    """Hand everything that a source holds to ``write``, and return what that was. Raises StoreError.

    Keys of calls are made of what a call is, not of where its file lies: a copy of a source is the same source.
    """
    source = _opened(path, zone)
    taken = Taken(source.kinds[0])
    known: dict[str, Run | None] = {}

    def wanted(fact: Any) -> bool:
        run_id = fact.run_id
        if run_id and run_id not in known:
            known[run_id] = stored(run_id)
        run = known.get(run_id)
        if run is None or isinstance(fact, Quality):
            return True
        if run.pid > 0:
            taken.recorded.add(run_id)
            return False
        # A quality store knows of a run only that it was: what is known already says more.
        return not (isinstance(fact, Run) and taken.kind == "quality")

    def take(facts: list[Any]) -> None:
        kept = [fact for fact in facts if wanted(fact)]
        for fact in kept:
            _count(taken, fact)
        write([_keyed(fact) for fact in kept])

    source.read(take, progress)
    taken.problems += getattr(source, "problems", {}).values()
    return taken


def _opened(path: Path, zone: tzinfo) -> Followed:
    if not foreign_kinds(path):
        raise StoreForeign(
            f"{path} holds nothing to import: name a cost store, a quality store, an ai_cost_tracking store, or a"
            " directory with runs/RUN_ID/….json"
        )
    if path.is_dir():
        from costtui.sources.metrics_tree import FollowedTree

        return FollowedTree(path, tell=False)
    return FollowedFile(path, zone)


def _keyed(fact: Any) -> Any:
    """Return a call under a key that no call of another source has."""
    if not isinstance(fact, Call) or fact.key.startswith(PREFIX):
        return fact
    names = (fact.key, fact.started_us, fact.run_id, fact.node, fact.lead_id, fact.session_id, fact.user_id)
    digest = blake2b(repr(names).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return replace(fact, key=f"import:{digest}")


def _count(taken: Taken, fact: Any) -> None:
    taken.facts[type(fact).__name__] += 1
    if isinstance(fact, Call):
        taken.cost_nano += fact.cost.nano or 0
        taken.unpriced += fact.cost.nano is None
