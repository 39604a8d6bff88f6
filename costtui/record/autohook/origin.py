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
    r"langgraph_|ls_|lc_|checkpoint_|__|LANG|(?:thread_id|run_id|graph_id|assistant_id|revision_id)$"
)


def current_origin() -> tuple[Origin, Any]:
    """Return who makes a request here and now, and the open node, run or tracker that will record it (or None).

    Inside a LangGraph graph its node path counts; elsewhere that of ``costtui.node``; else ``COSTTUI_NODE``.
    """
    node, run = _open()
    metadata = _langchain_metadata()
    if node_path(metadata):
        node = None  # its step is not the one that LangGraph runs
    return origin_of(metadata), node or run


def origin_of(metadata: Mapping[str, Any]) -> Origin:
    """Return who makes a request here and now, by the metadata of a LangChain configuration."""
    node, run = _open()
    path = node_path(metadata)
    if path:
        node = None
    return Origin(
        run_id=run.run_id if run is not None else os.environ.get("COSTTUI_RUN_ID", ""),
        node=path or (node.path if node is not None else os.environ.get("COSTTUI_NODE", "")),
        step_key=node.key if node is not None else "",
        session_id=_text(metadata.get("thread_id")),
        tags=_tags(metadata),
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
