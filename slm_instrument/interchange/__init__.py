"""Interchange: call logs of other tools read into a store.

:func:`import_files` is the job; :func:`read_native` gives the calls of a file without a store.
"""

from slm_instrument.interchange.imports import FORMATS, ImportReport, import_files
from slm_instrument.interchange.lines import BadLine
from slm_instrument.interchange.native import call_from_native, call_to_native, read_native

__all__ = [
    "FORMATS",
    "BadLine",
    "ImportReport",
    "call_from_native",
    "call_to_native",
    "import_files",
    "read_native",
]
