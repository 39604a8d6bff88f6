"""Takes a page away: asks for a format and writes what is shown to a new file."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from costtui.ui.export import FORMATS, export_text, write_new
from costtui.ui.screens.picker import Answer, Picker

if TYPE_CHECKING:
    from costtui.ui.app import MonitorApp
    from costtui.ui.screens.page import PageScreen


def ask_format(app: "MonitorApp", page: "PageScreen", directory: Path) -> None:
    """Ask for a format and write the page to a directory."""

    def take(name: str | None) -> None:
        if name is not None:
            app.call_after_refresh(partial(_write, app, page, directory, name))

    app.push_screen(Picker("export", [Answer(name, name, text) for name, text in FORMATS.items()]), take)


def _write(app: "MonitorApp", page: "PageScreen", directory: Path, name: str) -> None:
    where = "-".join([app.current_mode, *filter(None, [page.crumb])])
    stem = f"costtui-{_slug(where)}-{datetime.now(app.zone):%Y%m%d-%H%M%S}"
    text = app.export_screenshot(title=where) if name == "svg" else export_text(name, page.export_rows())
    try:
        path = write_new(directory, stem, name, text)
    except OSError as error:
        app.tell(f"cannot write to {directory}: {error.strerror or error}", bad=True)
    else:
        app.tell(f"wrote {path}")


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower())[:60].strip("-")
