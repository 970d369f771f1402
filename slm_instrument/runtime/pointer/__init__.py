"""The pointer family at run time: a student that points at the prompt instead of writing, see :mod:`.grammar`."""

from slm_instrument.errors import MissingExtraError

try:
    from slm_instrument.runtime.pointer.student import PointerStudent
except ModuleNotFoundError as error:  # numpy
    raise MissingExtraError("runtime", "a student") from error

__all__ = ["PointerStudent"]
