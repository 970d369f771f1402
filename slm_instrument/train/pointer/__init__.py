"""The pointer family of students: answers put together from spans of the prompt, see :mod:`.linearise`."""

from slm_instrument.train.pointer.family import POINTER

__all__ = ["POINTER"]
