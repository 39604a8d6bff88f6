"""What the SDK logs while it is used here: kept from the terminal, its first complaint told in our words instead."""

import logging

from costtui.text import plain, shorten

_LONGEST = 200


class SdkLog(logging.Handler):
    """Takes the SDK's log, so that no traceback of it goes to the terminal or over a screen."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first = ""
        """The first thing that it warned of; empty: nothing."""
        self._logger = logging.getLogger("ldclient")
        self._logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the first warning."""
        self.first = self.first or shorten(plain(record.getMessage()), _LONGEST)

    def close(self) -> None:
        """Leave the log to others."""
        self._logger.removeHandler(self)
        super().close()
