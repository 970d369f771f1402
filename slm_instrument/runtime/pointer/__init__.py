"""The pointer family at run time: a student that points at the prompt instead of writing, see :mod:`.grammar`."""

from slm_instrument.runtime.pointer.student import PointerStudent

__all__ = ["PointerStudent"]
