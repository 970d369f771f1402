"""Interchange: call logs of this project and of other tools, read into a store and written out.

:func:`import_files` and :func:`export_calls` are the jobs; :func:`read_native` gives the calls of a file without a
store.
"""

from slm_instrument.interchange.exports import EXPORT_FORMATS, ExportReport, export_calls
from slm_instrument.interchange.formats import AUTO, FORMATS, format_named
from slm_instrument.interchange.imports import ImportReport, import_files
from slm_instrument.interchange.native import call_from_native, call_to_native, read_native
from slm_instrument.interchange.reading import BadLine

__all__ = [
    "AUTO",
    "EXPORT_FORMATS",
    "FORMATS",
    "BadLine",
    "ExportReport",
    "ImportReport",
    "call_from_native",
    "call_to_native",
    "export_calls",
    "format_named",
    "import_files",
    "read_native",
]
