"""Who makes a request: the LangGraph node that is running, the open ``costtui.node``, or what the environment says."""

import os
import re
import sys
from collections.abc import Mapping
from typing import Any

from costtui.llm.exchange import Origin

TAGS = 10
_TAG_LENGTH = 200
_TASK = re.compile(r":[^|]*")
_OF_FRAMEWORK = re.compile(
    r"langgraph_|ls_|lc_|checkpoint_|__|LANG|costtui_"
    r"|(?:thread_id|run_id|graph_id|assistant_id|revision_id)$"
)
_LABELS = ("lead_id", "user_id", "context_id", "config_key", "variation_key", "config_version")


def current_origin() -> tuple[Origin, Any]:
    """Return who makes a request here and now, and the open node or run that will record it (or None).

    The node is the one that is open (``costtui.node``) and, inside a LangGraph graph, that of the graph: what is inside
    what is told by which of them was entered first. Without either it is what ``COSTTUI_NODE`` says.
    """
    metadata = _langchain_metadata()
    node, run = _open()
    if not _is_around(node, node_path(metadata)):
        node = None
    return origin_of(metadata), node or run


def origin_of(metadata: Mapping[str, Any]) -> Origin:
    """Return who makes a request here and now, by the metadata of a LangChain configuration."""
    node, run = _open()
    graph = node_path(metadata)
    if not _is_around(node, graph):
        node = None
    place: Mapping[str, Any] = {**(run.place if run is not None else {}), **(node.labels if node else {})}
    return Origin(
        run_id=run.run_id if run is not None else os.environ.get("COSTTUI_RUN_ID", ""),
        node=path_inside(node, graph) or os.environ.get("COSTTUI_NODE", ""),
        step_key=node.key if node is not None and graph in ("", node.graph) else "",
        subsystem=place.get("subsystem", ""),
        session_id=_text(metadata.get("thread_id")) or place.get("session_id", ""),
        tags={**place.get("tags", {}), **_tags(metadata)},
        labels={name: place[name] for name in _LABELS if place.get(name)},
    )


def path_inside(node: Any, graph: str) -> str:
    """Return the path of what happens inside an open node (or None) and a node of a LangGraph graph (or "").

    A node remembers the graph node that it was opened in: only what the graph has entered since lies inside it.
    """
    if not _is_around(node, graph):
        return graph
    if graph in ("", node.graph):
        return str(node.path)
    return f"{node.path}/{graph.removeprefix(node.graph).lstrip('/')}"


def graph_path() -> str:
    """Return the path of the LangGraph node that is running here, empty outside of any graph."""
    return node_path(_langchain_metadata())


def _is_around(node: Any, graph: str) -> bool:
    """Return whether an open node lies around what runs in a graph node: not where it was opened in another one."""
    return node is not None and (
        graph in ("", node.graph) or not node.graph or graph.startswith(f"{node.graph}/")
    )


def node_path(metadata: Mapping[str, Any]) -> str:
    """Return the path of a LangGraph node, ``outer/inner``: its checkpoint namespace without the ids of tasks."""
    namespace = _text(metadata.get("langgraph_checkpoint_ns"))
    if namespace:
        return "/".join(part for part in _TASK.sub("", namespace).split("|") if part)
    return _text(metadata.get("langgraph_node"))


def _open() -> tuple[Any, Any]:
    """Return the node and the run of costtui that are open here; None for both where nothing records that way."""
    record = sys.modules.get("costtui.record.current")
    return (None, None) if record is None else (record.current_node.get(), record.current_run.get())


def _langchain_metadata() -> Mapping[str, Any]:
    """Return the metadata of the running LangChain configuration, without importing anything."""
    module = sys.modules.get("langchain_core.runnables.config")
    variable = getattr(module, "var_child_runnable_config", None)
    config = variable.get(None) if variable is not None else None
    metadata = config.get("metadata") if isinstance(config, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _tags(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what the user put into the metadata."""
    own = {
        str(key): str(value)[:_TAG_LENGTH]
        for key, value in metadata.items()
        if isinstance(value, str | int | float | bool) and not _OF_FRAMEWORK.match(str(key))
    }
    return dict(list(own.items())[:TAGS])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
