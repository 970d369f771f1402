"""The weights that fit a shared base to one task, as a file: a plain ``.npz`` of float32 arrays, nothing pickled."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from slm_instrument.errors import BundleError


def write_adapter(path: Path, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Write an adapter's weights."""
    np.savez(path, **weights)  # pyright: ignore[reportArgumentType]


def read_adapter(data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    """Read what :func:`write_adapter` wrote.

    Raises:
        BundleError: it is no such file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name], dtype=np.float32) for name in arrays.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"the adapter cannot be read: {error}") from error
