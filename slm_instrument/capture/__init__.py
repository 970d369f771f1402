"""Recording calls (S1): a queue that costs the caller nothing, one writer thread, a spool for when the store is down.

>>> from slm_instrument.records import Call
>>> with Recorder("memory://") as recorder:
...     recorder.record(Call(id="one"))
...     recorder.flush(timeout=10)
True
"""

from slm_instrument.capture.annotations import Annotations, annotate, annotations
from slm_instrument.capture.nesting import covered, covers
from slm_instrument.capture.recorder import Recorder, needs_recorder
from slm_instrument.capture.recover import recover
from slm_instrument.capture.stats import RecorderStats

__all__ = [
    "Annotations",
    "Recorder",
    "RecorderStats",
    "annotate",
    "annotations",
    "covered",
    "covers",
    "needs_recorder",
    "recover",
]
