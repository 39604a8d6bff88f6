"""``costtui tap``: an events endpoint that records what LaunchDarkly SDKs send, and says at once what is wrong."""

import signal
import threading
from collections.abc import Sequence
from typing import Annotated

import typer

from costtui.attribution.debugger import Debugger, Limits
from costtui.attribution.events import Batch, Fact
from costtui.attribution.groups import Group
from costtui.attribution.verdicts import Metric, Severity
from costtui.attribution.watched import chosen
from costtui.format import count
from costtui.launchdarkly.capture import Body, Capture
from costtui.launchdarkly.forward import Upstream, check_upstream
from costtui.launchdarkly.tap import Tap


def tap(
    store: Annotated[str, typer.Argument(help="Store to write to; the default store if not given.")] = "",
    forward: Annotated[
        str,
        typer.Option(
            help="Where to pass events on to, e.g. https://events.launchdarkly.com; nowhere if not given."
        ),
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Another host that may be forwarded to, such as your Relay Proxy."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.")] = 8077,
    token: Annotated[
        str,
        typer.Option(help="First part of the path, needed on other addresses.", envvar="COSTTUI_TAP_TOKEN"),
    ] = "",
    metric: Annotated[
        str,
        typer.Option(
            help="Event key to judge while listening; those of the settings, else ai_cost_per_request, if not given."
        ),
    ] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but trouble.")] = False,
) -> None:
    """Record the events of LaunchDarkly SDKs of any language, and pass them on byte for byte.

    Point the SDK's events URI at the address that is printed; a path prefix names an environment. SDK keys are never stored.

    Example: costtui tap pipeline.db --forward https://events.launchdarkly.com, and in the app
    Config(sdk_key, events_uri="http://127.0.0.1:8077").
    """
    from costtui.settings import load
    from costtui.store import open_writer

    settings = load()
    upstream = Upstream(check_upstream(forward, allow_host or ())) if forward else None
    with open_writer(store or settings.store_path, settings=settings) as writer:
        metrics = chosen(settings.metrics, metric, unit="", flag="", filters=(), occurrences=False)
        live = _Live(metrics, quiet)

        def record(facts: Sequence[Fact]) -> None:
            writer.write(*facts)
            live.debugger.feed(facts)

        capture = Capture(record, live.show)
        listening = Tap(capture, upstream, host=host, port=port, token=token)
        try:
            typer.echo(f"listening on {listening.url} → {store or settings.store_path}")
            typer.echo(
                f"passing on to {forward}"
                if forward
                else "capturing only: nothing is passed on to LaunchDarkly"
            )
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background jobs
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            listening.close()
            capture.close()
            if upstream is not None:
                upstream.close()
    typer.echo(_farewell(capture, upstream))


class _Live:
    """Prints a line for each body, and each cause the first time it is seen."""

    def __init__(self, metrics: Sequence[Metric], quiet: bool) -> None:
        self.debugger = Debugger(metrics, Limits(keys=10_000, events=5_000))
        self._quiet = quiet
        self._shown: set[tuple[str, str, str]] = set()

    def show(self, body: Body, batch: Batch) -> None:
        """Print what came in."""
        report = self.debugger.report()
        if not self._quiet:
            who = body.headers.get("user-agent", "an SDK")
            typer.echo(
                f"{who}: {count(batch.events)} events; {report.attributed} of {report.events} attributed"
            )
        for group in report.groups:
            self._announce(group)

    def _announce(self, group: Group) -> None:
        cause = group.verdict.value, group.config, group.why
        if group.severity is not Severity.OK and cause not in self._shown and len(self._shown) < 200:
            self._shown.add(cause)
            typer.secho(
                f"  {group.verdict.value}: {group.why}",
                fg="red" if group.severity is Severity.ERROR else "yellow",
            )


def _farewell(capture: Capture, upstream: Upstream | None) -> str:
    counts = capture.counts
    said = [f"{count(counts.bodies)} bodies, {count(counts.events)} events recorded"]
    said += [
        f"{count(number)} {what}"
        for number, what in (
            (counts.repeated, "sent twice by an SDK and recorded once"),
            (counts.skipped, "events that could not be read"),
            (counts.unreadable, "bodies that could not be read"),
            (counts.overflowed, "bodies passed on but not recorded"),
            (counts.dropped, "events dropped by SDKs before sending"),
            (upstream.lost if upstream else 0, "bodies that never reached the upstream"),
        )
        if number
    ]
    return "; ".join(said)
