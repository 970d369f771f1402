"""Base models in ONNX that several students share: one folder each, named by its digest, beside the bundles.

::

    models/.bases/<digest>/model.onnx
                          /model.onnx.data
    models/<bundle id>/manifest.json        names the digest
                      /adapter.npz          what fits the base to the task

The digest covers every file, and is computed again before a base is used: an altered base is refused like an altered
bundle. Where it lies is not written anywhere, so that a models folder may be moved or copied as a whole.
"""

import hashlib
import os
import shutil
import threading
from pathlib import Path

from slm_instrument.errors import BundleError
from slm_instrument.records import new_id

FOLDER = ".bases"

_sound: set[tuple[Path, str]] = set()
_checking = threading.Lock()


def digest_of(folder: Path) -> str:
    """The digest of a base: SHA-256 over the names and digests of its files.

    Raises:
        BundleError: a file cannot be read.
    """
    whole = hashlib.sha256()
    try:
        for file in sorted(each for each in folder.iterdir() if each.is_file()):
            with file.open("rb") as stream:
                whole.update(f"{file.name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    except OSError as error:
        raise BundleError(f"{folder}: the base model cannot be read: {error.strerror or error}") from error
    return whole.hexdigest()


def place_base(models: Path, base: Path, digest: str) -> Path:
    """Put a base where the bundles of a models folder look for it, whole or not at all.

    Args:
        models: The models folder; made when missing.
        base: The folder of the base's files, which are linked where the file system can, and copied otherwise.
        digest: Its digest.

    Raises:
        BundleError: the disk refuses.
    """
    target = models / FOLDER / digest
    if target.is_dir():
        return target
    aside = models / FOLDER / f".{digest}-{new_id()}"
    try:
        aside.mkdir(parents=True)
        try:
            for file in base.iterdir():
                _link(file, aside / file.name)
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            if not target.is_dir():  # otherwise another process was first
                raise
    except OSError as error:
        raise BundleError(f"{target}: the base model cannot be written: {error.strerror or error}") from error
    return target


def find_base(bundle: Path, digest: str) -> Path:
    """The folder of a bundle's base, complete and unaltered.

    Raises:
        BundleError: it is missing or altered.
    """
    folder = bundle.parent / FOLDER / digest
    if not folder.is_dir():
        raise BundleError(
            f"{bundle}: its base model {digest[:12]} is not in {folder.parent}: copy that folder along with the bundle"
        )
    key = (folder.resolve(), digest)
    with _checking:
        # Once per process: it is large, and shared by all students made from it.
        if key not in _sound:
            if digest_of(folder) != digest:
                raise BundleError(f"{folder}: the base model has been altered")
            _sound.add(key)
    return folder


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
