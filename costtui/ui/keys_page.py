"""The page of the documentation that lists every key, made of the registry."""

from collections.abc import Sequence

from costtui.ui.actions import Action, groups, label

_BEGINNING = """# Keys

The line at the bottom shows the keys that matter most where you are; `?` lists those that work there, and
searches; `:` and `ctrl+p` find a command by its name. A key that has nothing to do on a screen is not offered there.

Any key can be changed in the settings file, by the name of its action; several keys are separated by commas:

```toml
[monitor.keys]
"feed.pause" = "space,p"
```

The mouse works too: click a screen's name, a part of the path, a column's title, a row (again to open it), a hint,
the status; scroll with the wheel. It is never needed.
"""


def keys_page(actions: Sequence[Action]) -> str:
    """Return ``docs/keys.md``."""
    lines = [_BEGINNING]
    for title, members in groups(actions).items():
        lines += [f"## {title}", "", "| key | what it does | action |", "| --- | --- | --- |"]
        lines += [
            f"| {_code(action.keys)} | {action.help.replace('|', chr(92) + '|')} | `{action.id}` |"
            for action in members
        ]
        lines.append("")
    return "\n".join(lines)


def _code(keys: str) -> str:
    return " ".join(f"`{label(key)}`" for key in keys.split(","))
