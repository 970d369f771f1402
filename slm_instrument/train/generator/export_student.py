"""The export of a trained generator, whole: models in ONNX, adapter, the comparison with torch, and what is shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from slm_instrument.progress import Listener, Stage
from slm_instrument.runtime.bundle import Parity
from slm_instrument.runtime.generator.adapter import read_adapter
from slm_instrument.runtime.generator.model import language_model
from slm_instrument.runtime.specs import ADAPTER, MODEL, WEIGHTS
from slm_instrument.train.family import Precision
from slm_instrument.train.generator.export import ExportedModel, export_base, export_own
from slm_instrument.train.generator.export_adapter import export_adapter
from slm_instrument.train.generator.export_parity import Onnx, Reference, check_parity

THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained generator in torch.

    ``folder`` is a model in the Hugging Face form: the pretrained base, with the digest ``base`` of its weights, to
    which ``adapter`` is the folder of a LoRA adapter (None: the base as it is); or, where ``base`` is None, a model of
    its own, all of whose weights were trained. ``logits`` gives its logits.
    """

    folder: Path
    base: str | None
    adapter: Path | None
    logits: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedStudent:
    """What of a bundle the export gives: ``bases`` are the shared models by their digest, at most one."""

    files: Mapping[str, Path]
    bases: Mapping[str, Path]
    parity: Parity

    @property
    def base(self) -> str | None:
        """The digest of its shared base."""
        return next(iter(self.bases), None)


def export_student(
    trained: Trained,
    prompts: Sequence[Sequence[int]],
    workspace: Path,
    *,
    precision: Precision,
    ends: Sequence[int],
    most: int,
    listener: Listener | None = None,
) -> ExportedStudent:
    """Export a trained generator, and prove on held-out prompts that it answers as before.

    Args:
        trained: The generator.
        prompts: Token ids of held-out prompts, prefix and suffix included.
        workspace: A folder for the files; what is shared with other students lies in the user's cache.
        precision: Of the weights to ship; full precision is shipped instead where it changes too many answers.
        ends: The tokens that end an answer.
        most: Tokens of an answer at most.
        listener: Told of the stages.

    Raises:
        ExportError: the model cannot be exported, or does not answer as before.
        MissingExtraError: the builder is not installed.
    """
    full = _model(trained, "fp32", workspace, listener)
    small = None if precision == "fp32" else _model(trained, precision, workspace, listener)
    adapter = _adapter(trained, full, workspace)
    stage = Stage("parity", 1, listener)
    parity = check_parity(
        trained.logits,
        _onnx(full, adapter),
        None if small is None or precision == "fp32" else (precision, _onnx(small, adapter)),
        prompts,
        ends=ends,
        most=most,
    )
    stage.finish()
    shipped = full if small is None or parity.shipped == "fp32" else small
    files = {} if adapter is None else {ADAPTER: adapter}
    if trained.base is not None:
        return ExportedStudent(files=files, bases={shipped.digest: shipped.folder}, parity=parity)
    own = {name: shipped.folder / name for name in (MODEL, WEIGHTS)}
    return ExportedStudent(files={**files, **own}, bases={}, parity=parity)


def _model(trained: Trained, precision: Precision, workspace: Path, listener: Listener | None) -> ExportedModel:
    if trained.base is not None:
        return export_base(trained.folder, trained.base, precision, listener)
    return export_own(trained.folder, workspace / f"onnx-{precision}", precision, listener)


def _adapter(trained: Trained, base: ExportedModel, workspace: Path) -> Path | None:
    if trained.adapter is None:
        return None
    return export_adapter(base.folder / MODEL, trained.adapter, workspace / ADAPTER)


def _onnx(exported: ExportedModel, adapter: Path | None) -> Onnx:
    model = language_model(exported.folder / MODEL, THREADS)
    return Onnx(model, {} if adapter is None else model.bindable(read_adapter(adapter.read_bytes())))
