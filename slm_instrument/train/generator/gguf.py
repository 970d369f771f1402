"""Language models that come as GGUF files, turned once into the form that training and export read.

The weights are dequantised by transformers, which knows how each architecture is laid out in GGUF. Converting
SmolLM2-135M takes 35 s of one core, and loading the result 1 s, so it is kept in the user's cache under the digest of
the file.
"""

import io
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from slm_instrument.errors import InputError
from slm_instrument.progress import Listener, Stage
from slm_instrument.train.cache import kept
from slm_instrument.train.quiet import quiet


def convert(file: Path, digest: str, listener: Listener | None = None) -> Path:
    """The model in the Hugging Face form: a folder with configuration, weights in float32, tokenizer and chat template.

    Args:
        file: the GGUF file.
        digest: of the file, under which the result is kept.
        listener: told of the steps, when there is something to do.

    Raises:
        InputError: the file is broken, of an architecture that transformers cannot read, or the disk is full.
    """
    stage: Stage | None = None

    def write(folder: Path) -> None:
        nonlocal stage
        stage = Stage("convert", 3, listener)
        _write(file, folder, stage)

    try:
        folder = kept(digest, write)
    except (
        Exception
    ) as error:  # gguf, transformers and torch each have their own for a file that is not as it should be
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"{file}: the model cannot be converted: {reason}") from error
    if stage is not None:
        stage.finish()
    return folder


def _write(file: Path, folder: Path, stage: Stage) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    where = {"gguf_file": file.name, "local_files_only": True}
    # The bar of the dequantisation knows no settings.
    with quiet(), redirect_stderr(io.StringIO()):
        tokenizers: Any = AutoTokenizer.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        tokenizers(file.parent, **where).save_pretrained(folder)
        stage.step()
        models: Any = AutoModelForCausalLM.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        loaded: Any = models(file.parent, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True), **where)
        stage.step()
        # A model that came from GGUF refuses to be saved, also when it is dequantised (transformers 5.23): the same
        # weights in a model that knows nothing of it do not.
        settings = {key: value for key, value in loaded.config.to_dict().items() if key != "quantization_config"}
        plain = loaded.__class__(loaded.config.__class__.from_dict(settings))
        plain.load_state_dict(loaded.state_dict(), strict=True)
        plain.generation_config = loaded.generation_config
        plain.save_pretrained(folder)
