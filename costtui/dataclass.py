"""``dataclass`` with the meaning of the standard library's, defined in a quarter of the time.

The standard decorator compiles six methods for every class, and a monitor defines a hundred classes before it shows
its first figures. Here ``__init__`` alone is compiled; the other methods are the same functions for all classes.
"""

from dataclasses import MISSING, FrozenInstanceError, fields
from dataclasses import dataclass as standard
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
        """Make a class a dataclass; of the standard options there are ``frozen`` and ``slots``."""
        if cls is None:
            return lambda cls: _completed(cls, frozen, slots)
        return _completed(cls, frozen, slots)


def _completed(cls: type, frozen: bool, slots: bool) -> type:
    own = set(vars(cls))
    made: Any = standard(init=False, repr=False, eq=False, slots=slots)(cls)
    names = [field.name for field in fields(made)]
    methods: dict[str, Any] = {"__init__": _init(made, frozen), "__repr__": _repr}
    if "__eq__" not in own:
        methods |= {"__eq__": _eq, "__hash__": _hash if frozen else None}
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    if frozen and slots:
        methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name in methods.keys() - own:
        setattr(made, name, methods[name])
    made.__values__ = staticmethod(attrgetter(*names) if names else _nothing)
    return made  # type: ignore[no-any-return]


def _init(made: Any, frozen: bool) -> Any:
    """Compile the method that takes a value for each field."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    parameters, lines = [], []
    for field in fields(made):
        name = value = field.name
        if not (field.init and field.compare):
            raise TypeError(f"{made.__name__}.{name}: fields here are all given and all compared")
        if field.default is not MISSING:
            known[f"_{name}"] = field.default
            parameters.append(f"{name}=_{name}")
        elif field.default_factory is not MISSING:
            known[f"_{name}"] = field.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_{name}() if {name} is _missing else {name}"
        else:
            parameters.append(name)
        lines.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), known)  # noqa: S102 - as the standard one does
    method = known["__init__"]
    method.__qualname__ = f"{made.__qualname__}.__init__"
    method.__annotations__ = {field.name: field.type for field in fields(made)} | {"return": None}
    return method


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    values = self.__values__
    return values(self) == values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__values__(self))


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _nothing(self: object) -> tuple[()]:
    return ()
