"""The encoder that a classifier starts from: where it lies, its licence and digest, its tokenizer and its weights."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from slm_instrument.analyze.embed import HUB_MODEL, default_model_path
from slm_instrument.errors import ConfigError, InputError
from slm_instrument.hub import hub_reachable
from slm_instrument.runtime.bundle import BaseModel
from slm_instrument.train.quiet import quiet

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
_LICENCE = re.compile(r"^license:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Encoder:
    """A pretrained encoder on disk, in the Hugging Face form."""

    path: Path
    base: BaseModel

    def tokenizer(self, max_tokens: int) -> Tokenizer:
        """Its tokenizer, cutting off after ``max_tokens`` and adding no padding."""
        file = self.path / "tokenizer.json"
        if not file.is_file():
            raise InputError(f"the base model {self.base.name} has no tokenizer.json (a fast tokenizer is needed)")
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens)  # pyright: ignore[reportUnknownMemberType]
        return tokenizer

    def load(self) -> Any:
        """The pretrained transformer as a torch module in float32.

        Raises:
            InputError: the folder holds no model that transformers can load.
        """
        import torch
        from transformers import AutoModel

        try:
            with quiet():
                pretrained: Any = AutoModel.from_pretrained  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
                return pretrained(self.path, local_files_only=True, dtype=torch.float32)
        except (OSError, ValueError, KeyError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise InputError(f"the base model {self.base.name} cannot be loaded: {reason}") from error


def find_encoder(base: str | None) -> Encoder:
    """The encoder of that Hugging Face id or folder; None is the default of the analysis, all-MiniLM-L6-v2.

    That one is taken from its package where it is installed, else from the hub.

    Raises:
        ConfigError: no such folder, and no such model on the hub or in its cache.
    """
    name = str(default_model_path()) if base in (None, HUB_MODEL) else base
    path = Path(name)
    if not path.is_dir():
        path = _from_hub(name)
    weights = next((path / file for file in WEIGHT_FILES if (path / file).is_file()), None)
    if weights is None:
        raise ConfigError(f"the base model {name} has none of {', '.join(WEIGHT_FILES)}")
    card = path / "README.md"
    licence = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else None
    return Encoder(path, BaseModel(base or HUB_MODEL, licence.group(1) if licence else None, _sha256(weights)))


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]

    here = not hub_reachable()  # its client would try for more than a minute
    files = ["*.json", "*.safetensors", "README.md", "vocab.txt"]
    try:
        with quiet():
            return Path(snapshot_download(name, allow_patterns=files, local_files_only=here))
    except Exception as error:  # the hub's client raises a dozen unrelated types for "not there" and "no network"
        raise ConfigError(f"the base model {name!r} is neither a folder nor a model that the hub can give") from error


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
