"""From a language model in torch to one in ONNX: by the onnxruntime-genai builder, with a few changes to its graph.

A base is exported once per precision and kept in the user's cache; what a task adds to it is an adapter of some twenty
megabytes. Its path costs a tenth to a fifth of a pass that reads one token, and nothing to speak of where a pass reads
several (measured: SmolLM2-135M in INT8, rank 16), against a model of its own per task in memory and on disk.

The builder is run as a process of its own: it imports its parts under names like ``quantization``, writes to the
terminal, and takes memory that it does not give back.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from slm_instrument.errors import ExportError, MissingExtraError
from slm_instrument.progress import Listener, Stage
from slm_instrument.runtime.generator.bases import digest_of
from slm_instrument.runtime.specs import MODEL, WEIGHTS
from slm_instrument.train.cache import cache
from slm_instrument.train.family import Precision
from slm_instrument.train.generator.export_graph import change_graph

_BUILDER = "onnxruntime_genai.models.builder"
_PACKAGES = ("onnxruntime-genai-cuda", "onnxruntime-genai")
# Plain rounding to four bits changed 13 of 20 answers to 7 in a trial, this mixture 2 of 3 of those less.
_OPTIONS: dict[str, list[str]] = {"int4": ["algo_config=k_quant_mixed"]}
_TIMEOUT_S = 3600
_GRAPH = 1  # raised by every change of what is done to the graph, so that no base of an older form is taken


@dataclass(frozen=True, slots=True)
class ExportedModel:
    """A model in ONNX: the folder of its two files, and their digest (:func:`digest_of`)."""

    folder: Path
    digest: str


def export_base(folder: Path, sha256: str, precision: Precision, listener: Listener | None = None) -> ExportedModel:
    """A pretrained model as the base of many students: with room for adapters, and from the cache where it is there.

    Args:
        folder: The model in the Hugging Face form.
        sha256: The digest of its weights, under which the result is kept.
        precision: Of its weights.
        listener: Told of the stage.

    Raises:
        ExportError: the builder fails, or knows no such architecture.
        MissingExtraError: the builder is not installed.
    """
    stage = Stage("export", 1, listener)
    kept = cache() / f"{sha256[:32]}-{precision}-{_builder_version()}-{_GRAPH}"
    if not (kept / MODEL).is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="export-", dir=kept.parent) as aside:
            whole = Path(aside) / "whole"
            _export(folder, whole, precision, adaptable=True)
            try:
                whole.rename(kept)
            except OSError:
                if not (kept / MODEL).is_file():  # otherwise another process was first
                    raise
    stage.finish()
    return ExportedModel(kept, digest_of(kept))


def export_own(folder: Path, out: Path, precision: Precision, listener: Listener | None = None) -> ExportedModel:
    """A fine-tuned model as one that belongs to its student alone.

    Args:
        folder: The model in the Hugging Face form, an adapter merged into it where there was one.
        out: The folder to write to; made when missing.
        precision: Of its weights.
        listener: Told of the stage.

    Raises:
        ExportError: the builder fails, or knows no such architecture.
        MissingExtraError: the builder is not installed.
    """
    stage = Stage("export", 1, listener)
    _export(folder, out, precision, adaptable=False)
    stage.finish()
    return ExportedModel(out, digest_of(out))


def _export(folder: Path, out: Path, precision: Precision, *, adaptable: bool) -> None:
    with TemporaryDirectory(prefix="slm-instrument-builder-") as scratch:
        built = Path(scratch) / "built"
        _build(folder, built, precision, Path(scratch) / "cache")
        out.mkdir(parents=True, exist_ok=True)
        try:
            decoder: Any = json.loads((built / "genai_config.json").read_text(encoding="utf-8"))["model"]["decoder"]
            change_graph(built / MODEL, out / MODEL, head_size=int(decoder["head_size"]), adaptable=adaptable)
            shutil.move(built / WEIGHTS, out / WEIGHTS)
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise ExportError(f"the exported model is not of the form known here: {error}") from error


def _build(folder: Path, out: Path, precision: Precision, scratch: Path) -> None:
    command = [sys.executable, "-m", _BUILDER, "-m", str(folder), "-i", str(folder), "-o", str(out)]
    command += ["-p", precision, "-e", "cpu", "-c", str(scratch)]
    if options := _OPTIONS.get(precision):
        command += ["--extra_options", *options]
    quiet = {"HF_HUB_OFFLINE": "1", "ORT_DISABLE_TELEMETRY": "1", "TQDM_DISABLE": "1"}
    try:
        done = subprocess.run(
            command, env={**os.environ, **quiet}, capture_output=True, timeout=_TIMEOUT_S, check=False, text=True
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"the model was not exported to ONNX within {_TIMEOUT_S // 60} minutes") from error
    if done.returncode != 0 or not (out / MODEL).is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"exit status {done.returncode}"
        raise ExportError(f"the model cannot be exported to ONNX: {reason}")


def _builder_version() -> str:
    for package in _PACKAGES:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    raise MissingExtraError("runtime", "the export of a language model")
