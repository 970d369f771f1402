"""The model that is trained: its weights, and which of them may change."""

import importlib.util
import shutil
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from slm_instrument.errors import ConfigError, InputError, MissingExtraError
from slm_instrument.train.family import Method
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.export_parity import Reference
from slm_instrument.train.generator.place import Place
from slm_instrument.train.generator.recipe import Recipe
from slm_instrument.train.quiet import quiet

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")


def check_method(method: Method, place: Place) -> None:
    """Make sure that the machine can do it.

    Raises:
        ConfigError: QLoRA without a GPU of NVIDIA's or without bitsandbytes.
    """
    if method != "qlora":
        return
    if place.device.type != "cuda":
        raise ConfigError("QLoRA needs a GPU with CUDA, and there is none here: use --method lora")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ConfigError("QLoRA needs bitsandbytes: pip install bitsandbytes, or use --method lora")


def trainable(base: BaseLM, recipe: Recipe, place: Place) -> Any:
    """The base model on its device, ready to be trained by the recipe's method.

    Raises:
        InputError: it cannot be loaded, or its linear layers are of no known kind.
        MissingExtraError: peft is not installed.
    """
    if recipe.method == "full":
        return base.load(dtype=torch.float32).to(place.device)
    how: dict[str, Any] = {"dtype": torch.bfloat16 if place.bfloat16 else torch.float32}
    if recipe.method == "qlora":
        how |= {"quantization_config": _four_bits(), "device_map": {"": place.device}}
    model = base.load(**how)
    return _with_adapter(base, model if recipe.method == "qlora" else model.to(place.device), recipe)


def weights(model: Any) -> Mapping[str, Tensor]:
    """The weights that change, by name."""
    return {name: value for name, value in model.named_parameters() if value.requires_grad}


def save(model: Any, base: BaseLM, recipe: Recipe, folder: Path) -> None:
    """Write what was trained: an adapter as peft has it, or a whole model in the Hugging Face form.

    Raises:
        InputError: the disk is full, or may not be written to.
    """
    try:
        with quiet():
            if recipe.method == "full":
                model.save_pretrained(folder)
                for name in _TOKENIZER_FILES:
                    if (base.path / name).is_file():
                        shutil.copyfile(base.path / name, folder / name)
            else:
                # "auto" would ask the hub whether the vocabulary has grown.
                model.save_pretrained(folder, save_embedding_layers=False)
    except Exception as error:  # safetensors has an exception of its own for a full disk
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"what was trained cannot be written to {folder}: {reason}") from error


def restored(base: BaseLM, folder: Path, recipe: Recipe) -> Any:
    """What :func:`save` wrote, loaded on the CPU in float32: the reference that an export is compared with.

    Raises:
        InputError: a file is missing or broken.
    """
    if recipe.method == "full":
        return replace(base, path=folder).load(dtype=torch.float32).eval()
    import peft

    adapted: Any = peft.PeftModel.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    with _peft_remarks():
        return adapted(base.load(dtype=torch.float32), folder).eval()


def reader(model: Any) -> Reference:
    """A model's logits after each of the last tokens of a text, as the comparison with its export wants them."""

    @torch.no_grad()
    def read(ids: Sequence[int], keep: int) -> npt.NDArray[Any]:
        tokens = torch.tensor([list(ids)], device=model.device)
        return model(input_ids=tokens, use_cache=False, logits_to_keep=keep).logits[0].float().cpu().numpy()

    return read


def _with_adapter(base: BaseLM, model: Any, recipe: Recipe) -> Any:
    try:
        import peft
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "training an adapter") from error

    settings = peft.LoraConfig(
        task_type="CAUSAL_LM", r=recipe.rank, lora_alpha=recipe.alpha, lora_dropout=0.0, target_modules="all-linear"
    )
    try:
        with _peft_remarks():
            if recipe.method == "qlora":
                prepared: Any = peft.prepare_model_for_kbit_training  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                model = prepared(model, use_gradient_checkpointing=False)
            return peft.get_peft_model(model, settings)
    except ValueError as error:
        raise InputError(f"the base model {base.base.name} cannot get an adapter: {error}") from error


@contextmanager
def _peft_remarks() -> Generator[None]:
    """Keep to itself that peft 0.21 asks transformers 5.23 things by names which that calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _four_bits() -> Any:
    """As in QLoRA (Dettmers et al. 2023, arXiv 2305.14314)."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
