"""Bundles: a student on disk, as one folder that is complete and unaltered or is refused.

::

    models/<bundle id>/manifest.json      what it is, and the SHA-256 of everything beside it
                      /tokenizer.json
                      /...                what its family needs (:mod:`slm_instrument.runtime.specs`)

Every byte that is used is checked against the manifest first. Nothing is unpickled: arrays are read with
``allow_pickle=False``. Loading needs neither numpy nor ONNX Runtime; those come with the student.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from slm_instrument.errors import BundleError
from slm_instrument.records import new_id
from slm_instrument.runtime.manifest import (
    FORMAT,
    MANIFEST,
    BaseModel,
    Certificate,
    FileDigest,
    Lineage,
    Manifest,
    Parity,
    RedactionRecord,
    TaughtBy,
    TermsRecord,
    TestMetrics,
    decode_manifest,
    encode_manifest,
)

__all__ = [
    "FORMAT",
    "BaseModel",
    "Bundle",
    "Certificate",
    "FileDigest",
    "Lineage",
    "Manifest",
    "Parity",
    "RedactionRecord",
    "TaughtBy",
    "TermsRecord",
    "TestMetrics",
    "find_bundles",
    "write_bundle",
]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A student on disk. Made by :meth:`load`, which checks it, or by :func:`write_bundle`."""

    path: Path
    manifest: Manifest
    manifest_sha256: str

    @property
    def id(self) -> str:
        """The bundle's id, which recorded answers carry as ``slm:<id>``."""
        return self.manifest.id

    @classmethod
    def load(cls, folder: Path | str) -> "Bundle":
        """Read the manifest and check every file that it lists.

        Raises:
            BundleError: the folder or a file is missing, unreadable or altered, or the manifest means nothing.
        """
        path = Path(folder)
        if not path.is_dir():
            raise BundleError(f"{path}: there is no such bundle")
        data = _read(path, MANIFEST)
        try:
            manifest = decode_manifest(data)
        except BundleError as error:
            raise BundleError(f"{path}: {MANIFEST}: {error}") from error
        bundle = cls(path, manifest, hashlib.sha256(data).hexdigest())
        for name in manifest.files:
            bundle.read(name)
        return bundle

    def read(self, name: str) -> bytes:
        """A file's content, checked anew: what is used is what was checked, also when the disk has changed since.

        Raises:
            BundleError: the file is missing, unreadable, altered, or not part of the bundle.
        """
        expected = self.manifest.files.get(name)
        if expected is None:
            raise BundleError(f"{self.path}: {name} is not part of the bundle")
        data = _read(self.path, name)
        if len(data) != expected.bytes or hashlib.sha256(data).hexdigest() != expected.sha256:
            raise BundleError(f"{self.path}: {name} is not what was written (SHA-256 differs)")
        return data


def write_bundle(root: Path | str, manifest: Manifest, files: Mapping[str, Path]) -> Bundle:
    """Write a bundle as ``root/<id>``, whole or not at all.

    Args:
        root: the models folder; made when missing.
        manifest: what the bundle says; its ``files`` are filled in here.
        files: the contents by their names in the bundle.

    Raises:
        BundleError: a file that the family needs is not given, the bundle exists, the disk refuses, or the manifest is
            none that could be read again.
    """
    root = Path(root)
    target = root / manifest.id
    missing = [name for name in manifest.student.FILES if name not in files]
    if missing:
        raise BundleError(f"{target}: no {missing[0]} to write")
    if target.exists():
        raise BundleError(f"{target}: a bundle of this id is already there")
    try:
        root.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: a reader sees the whole bundle or none, also after a power cut.
        aside = root / f".{manifest.id}-{new_id()}"
        aside.mkdir()
        try:
            digests = {name: _copy(source, aside / name) for name, source in files.items()}
            data = encode_manifest(replace(manifest, files=digests))
            _write(aside / MANIFEST, data)
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise BundleError(f"{target}: cannot be written: {error.strerror or error}") from error
    # Read back: a student that is judged before it is handed out must be the one that others will load.
    return Bundle(target, decode_manifest(data), hashlib.sha256(data).hexdigest())


def find_bundles(root: Path | str) -> list[tuple[Path, Bundle | BundleError]]:
    """All bundles under a models folder, by name; one that cannot be used stands there with its error.

    ``root`` may also be a bundle itself. A folder that does not exist holds no bundles.
    """
    root = Path(root)
    if (root / MANIFEST).is_file():
        return [(root, _load_or_error(root))]
    if not root.is_dir():
        return []
    try:
        folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        return [(root, BundleError(f"{root}: cannot be listed: {error.strerror or error}"))]
    return [(folder, _load_or_error(folder)) for folder in folders]


def _load_or_error(folder: Path) -> Bundle | BundleError:
    try:
        return Bundle.load(folder)
    except BundleError as error:
        return error


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise BundleError(f"{folder}: {name} is missing") from error
    except OSError as error:
        raise BundleError(f"{folder}: {name} cannot be read: {error.strerror or error}") from error


def _copy(source: Path, target: Path) -> FileDigest:
    data = source.read_bytes()
    _write(target, data)
    return FileDigest(hashlib.sha256(data).hexdigest(), len(data))


def _write(target: Path, data: bytes) -> None:
    with target.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
