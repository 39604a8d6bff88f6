"""A store opened for reading: a reader and a tail on the same file."""

from pathlib import Path
from typing import Self

from costtui.reading import Reader, Tail
from costtui.store.reader import SqliteReader
from costtui.store.tail import SqliteTail


class OpenedStore:
    """A store opened for reading; the file is never altered, and need not exist yet."""

    reader: Reader
    tail: Tail

    def __init__(self, path: Path) -> None:
        self.reader = SqliteReader(path)
        self.tail = SqliteTail(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.reader.close()
        self.tail.close()
