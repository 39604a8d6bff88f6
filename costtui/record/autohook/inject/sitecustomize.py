"""Loaded by Python itself when it starts under ``costtui run``: arranges that model calls are reported.

It hides itself from the import path, then runs the ``sitecustomize`` that it stands in front of, if there is one.
It must load quickly, and in any version of Python.
"""
# ruff: noqa: PTH100, PTH118, PTH120, UP031
# mypy: ignore-errors

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
_package = os.path.dirname(os.path.dirname(os.path.dirname(_here)))
_OLDEST = (3, 11)


def _load(name, path, package=None):
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path, submodule_search_locations=package and [package])
    module = module_from_spec(spec)
    if package:
        sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _costtui(name):
    """Import a module of costtui; where it is not installed, from here and without its neighbours."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "costtui"]:
            del sys.modules[loaded]
        _load("costtui", os.path.join(_package, "__init__.py"), _package)
        return import_module(name)


def _start():
    if sys.version_info < _OLDEST:
        raise RuntimeError("Python 3.11 or newer is needed")
    finder = _load("costtui_after_import", os.path.join(os.path.dirname(_here), "finder.py"))
    finder.after_import(
        finder.LIBRARIES + finder.SDKS,
        lambda library: _costtui("costtui.record.autohook.child").attach(library),
    )
    if os.environ.get("COSTTUI_DOCTOR"):
        _costtui("costtui.record.autohook.sights").look()


def _run_next():
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != _here]
if os.environ.get("COSTTUI_RELAY"):
    try:
        _start()
    except Exception as error:
        sys.stderr.write("costtui: nothing is recorded: %s: %s\n" % (type(error).__name__, error))
_run_next()
