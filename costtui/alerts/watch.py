"""Watches a store that a feed follows: every few seconds the rules are measured, and what begins is told once."""

from collections.abc import Callable, Sequence
from datetime import tzinfo

from costtui.alerts.episode_file import EpisodeFile
from costtui.alerts.episodes import Episodes, Identity
from costtui.alerts.history import HOURS, NodeHistory, last_hour
from costtui.alerts.measures import Observed, measures, unknown
from costtui.alerts.rules import Rule
from costtui.book import Book
from costtui.facts import Alert, Budget, Delta, Quality, Status
from costtui.reading import LeadReader, LeadTotals, Reader
from costtui.window import MINUTE_US, WINDOWS, Span, days, from_us, resolve

HOURS_PER_LOOK = 4
"""Past hours that one look may read: no look may take long."""
LEADS_US = 5 * MINUTE_US
"""How long what leads cost is taken as it was read."""

_WEEK = next(window for window in WINDOWS if window.name == "7d")
_MOST_QUALITY = 500
_MOST_RUNS = 20

Deliver = Callable[[Sequence[Alert]], None]
"""Sends alerts somewhere; returns at once."""


class Watch:
    """The alerts of one store, measured from totals that are kept up to date and from a few short reads."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        budgets: Sequence[Budget],
        zone: tzinfo,
        *,
        remembered: EpisodeFile | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        """Watch for the user's rules and budgets in their zone; what began is delivered, and remembered in a file."""
        self._rules, self._budgets, self._zone = rules, tuple(budgets), zone
        self._remembered = remembered
        self._deliver = deliver
        self._episodes: Episodes | None = None
        self._begun: set[Identity] = set()
        self._known_rules: set[str] = set()
        self._history = NodeHistory()
        self._books: dict[str, Book] = {}
        self._quality: list[Quality] | None = None
        self._newest_us: int | None = None
        self._leads: tuple[Reader, int, LeadTotals] | None = None

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts under way, the worst first."""
        return () if self._episodes is None else self._episodes.open

    @property
    def begun(self) -> tuple[Alert, ...]:
        """Those of them that have begun while this monitor was watching, the worst first.

        What held when a rule was measured for the first time was there before.
        """
        if self._episodes is None:
            return ()
        fresh = [alert for identity, alert in self._episodes.by_identity.items() if identity in self._begun]
        return tuple(alert for alert in self._episodes.open if alert in fresh)

    def forget(self) -> None:
        """Read everything again: the store was opened anew, or calls in it have changed."""
        self._books.clear()
        self._quality = self._newest_us = None
        self._history.outdate()

    def add(self, delta: Delta) -> None:
        """Take in what is new in the store."""
        if delta.reset:
            self.forget()
            return
        if delta.calls:
            for book in self._books.values():
                book.add(delta.calls)
            newest = max(call.started_us for call in delta.calls)
            self._newest_us = max(self._newest_us or newest, newest)
        if delta.quality:
            # A run that is rated again replaces its record, which only the store knows.
            self._quality = None

    def look(
        self,
        reader: Reader,
        now_us: int,
        unattributed: int | None = None,
        *,
        most_hours: int = HOURS_PER_LOOK,
    ) -> bool:
        """Measure the rules and return whether other alerts are under way than before. Raises StoreError.

        ``unattributed`` are the metric events that count in no experiment, None as long as nobody knows.
        """
        if self._episodes is None:
            known = self._remembered.read() if self._remembered else {}
            self._episodes = Episodes(self._rules, known)
        observed = self._observe(reader, now_us, unattributed, most_hours)
        before = self._episodes.open
        no_word_on = unknown(observed)
        begun = self._episodes.update(measures(observed, self._rules), now_us, no_word_on)
        self._begun &= self._episodes.by_identity.keys()
        self._tell(begun)
        self._known_rules.update(rule.name for rule in self._rules if rule.name not in no_word_on)
        return self._episodes.open != before

    def _tell(self, begun: Sequence[Identity]) -> None:
        """Deliver what begins, unless another monitor on the same store has done so."""
        assert self._episodes is not None
        open_alerts = self._episodes.by_identity
        known = self._remembered.read() if self._remembered and begun else {}
        fresh = [identity for identity in begun if identity not in known]
        self._begun.update(identity for identity in fresh if identity[0] in self._known_rules)
        if self._remembered is not None:
            self._remembered.write(open_alerts)
        if self._deliver is not None and fresh:
            self._deliver([open_alerts[identity] for identity in fresh])

    def _observe(self, reader: Reader, now_us: int, unattributed: int | None, most_hours: int) -> Observed:
        today = self._book("today", reader, Span(days(now_us, now_us + 1, self._zone)))
        week = self._book("week", reader, resolve(_WEEK, now_us, None))
        if self._quality is None:
            self._quality = reader.quality(None, _MOST_QUALITY)
        if self._newest_us is None:
            self._newest_us = reader.info().newest_us
        self._history.read(reader, now_us, reader.first_us(), most_hours)
        complete = self._history.complete
        return Observed(
            now_us=now_us,
            day=f"{from_us(now_us, self._zone):%Y-%m-%d}",
            today=today.totals().series,
            week=week.totals().series,
            budgets=reader.budgets(self._budgets, now_us),
            quality=self._quality,
            hour=last_hour(reader, now_us) if complete else None,
            history=self._history.by_node() if complete else None,
            runs=[run for run in reader.runs(None, _MOST_RUNS) if run.status is Status.RUNNING],
            newest_us=self._newest_us,
            leads=self._leads_of(reader, now_us),
            unattributed=unattributed,
        )

    def _leads_of(self, reader: Reader, now_us: int) -> LeadTotals | None:
        """Return the leads of the week: they may be many, so they are added up every few minutes only."""
        if not isinstance(reader, LeadReader):
            return None
        if self._leads is None or self._leads[0] is not reader or now_us - self._leads[1] >= LEADS_US:
            self._leads = reader, now_us, reader.leads(resolve(_WEEK, now_us, None), 1)
        return self._leads[2]

    def _book(self, name: str, reader: Reader, span: Span) -> Book:
        """Return the totals of a span: read once, and again where the span has moved on."""
        book = self._books.get(name)
        if book is None or book.span != span:
            book = self._books[name] = Book(reader.totals(span), span)
        return book


def alerts_now(
    reader: Reader,
    rules: tuple[Rule, ...],
    budgets: Sequence[Budget],
    zone: tzinfo,
    now_us: int,
    unattributed: int | None = None,
) -> tuple[Alert, ...]:
    """Return the alerts that one look finds, the worst first. Raises StoreError."""
    watch = Watch(rules, budgets, zone)
    watch.look(reader, now_us, unattributed, most_hours=HOURS)
    return watch.alerts
