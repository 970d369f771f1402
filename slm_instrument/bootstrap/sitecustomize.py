"""Imported by Python itself at its start when this folder is on the path: see ``slm-instrument run``."""

import importlib.machinery
import importlib.util
import os
import sys


def _record() -> None:
    try:
        from slm_instrument import instrument

        instrument()
    except Exception as e:  # whatever it is, the application must start
        sys.stderr.write(f"slm_instrument: nothing is recorded: {type(e).__name__}: {e}\n")


def _go_on() -> None:
    """Import the ``sitecustomize`` that would have been imported without this one."""
    here = os.path.dirname(os.path.abspath(__file__))
    path = [each for each in sys.path if os.path.abspath(each or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


_record()
_go_on()
