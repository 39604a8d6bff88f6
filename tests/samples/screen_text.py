"""What is on the screen as text, and comparing that with what was there when somebody last looked."""

import os
from pathlib import Path

from textual.pilot import Pilot

from costtui.ui.app import MonitorApp

UPDATE = "COSTTUI_UPDATE_SNAPSHOTS"
"""Set in the environment, snapshots are written instead of compared; read the diff before it is committed."""


def screen_text(app: MonitorApp) -> str:
    """Return the lines of the screen in view, without trailing blanks."""
    strips = app.screen._compositor.render_strips()  # the one private name that text snapshots need
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


async def shown(pilot: Pilot) -> None:
    """Wait until the page in view answers its present request, and is painted."""
    app = pilot.app
    assert isinstance(app, MonitorApp)
    for _ in range(500):
        await pilot.pause()
        page = app.page_screen
        if page is not None and page.is_mounted and app.standing.snapshot is not None:
            request = page.request()
            answered = app.standing.snapshot.page is None or (
                page.shown_request is not None and page.shown_request.page == request
            )
            if answered and app.standing.snapshot.request.window == app.window:
                break
        await pilot.pause(0.01)
    else:
        raise AssertionError(f"no page was shown on {app.page_screen}")
    await pilot.pause()


async def press(pilot: Pilot, *keys: str) -> None:
    """Press keys one after the other, each when the page shows what the one before led to."""
    await shown(pilot)
    for key in keys:
        await pilot.press(key)
        await shown(pilot)


async def assert_screen(pilot: Pilot, directory: Path, name: str) -> None:
    """Fail where the screen does not become what the snapshot of that name says within seconds."""
    path = directory / f"{name}.txt"
    assert isinstance(pilot.app, MonitorApp)
    if os.environ.get(UPDATE):
        await pilot.pause(0.3)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(screen_text(pilot.app), encoding="utf-8")
    assert path.exists(), f"no snapshot {path.name} yet: look at the screen, then run with {UPDATE}=1"
    expected = path.read_text(encoding="utf-8").splitlines()
    for _ in range(100):
        if screen_text(pilot.app).splitlines() == expected:
            return
        await pilot.pause(0.03)  # the last layout may come after the last message
    assert screen_text(pilot.app).splitlines() == expected, f"{name} changed; if meant, run with {UPDATE}=1"
