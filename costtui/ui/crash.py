"""What is left of a crash: one line on the terminal, and a report without the values of variables."""

import os
import traceback
from pathlib import Path

from costtui.text import plain


def write_report(error: BaseException) -> Path | None:
    """Write where an error came from to a file that only the user can read; None where that is not possible.

    Values of variables are left out: there may be keys among them.
    """
    from platformdirs import user_log_path

    path = user_log_path("costtui") / "crash.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return None
    return path


def one_line(error: BaseException, report: Path | None) -> str:
    """Return what the user reads on the terminal."""
    where = f"where it happened is in {report}" if report else "no report could be written"
    return f"costtui stopped, this is our fault: {summary(error)}; {where}"


def summary(error: BaseException) -> str:
    """Return kind and message of an error on one plain line."""
    message = plain(str(error).strip().partition("\n")[0])
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
