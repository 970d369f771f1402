"""The models that students can be made of, as data: licence, size, context window, and where each figure is from.

The package's table is ``models.toml``; docs/models.md shows it. Users add rows of the same form in a file of their own
(``$SLM_INSTRUMENT_MODELS``), or name a folder or GGUF file, see :mod:`slm_instrument.select.local`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from slm_instrument.errors import ConfigError


class LicenceKind(StrEnum):
    """What a licence asks of those who use a model in their work."""

    PERMISSIVE = "permissive"  # next to nothing
    CONDITIONS = "conditions"  # something that has to be read: prohibited uses, names to show, sizes of companies
    NON_COMMERCIAL = "non-commercial"  # that it is no work for money
    UNKNOWN = "unknown"  # the model has none, or one that is not in the table


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A licence's kind, and what it limits in a few words."""

    kind: LicenceKind
    limits: str = ""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pretrained model.

    ``name`` is the one on the Hugging Face hub, ``package`` a Python package that holds it, ``path`` a folder or GGUF
    file; ``licence`` is what its card calls it. ``context`` is in tokens. ``hidden`` and ``layers`` are its shape;
    decoders keep ``2 * kv_heads * head_dim`` numbers for each token in each of ``kv_layers`` (None: all) layers.
    ``frozen`` says whether an encoder's mean vectors mean anything before it is fine-tuned. ``export`` is what became
    of it when it was exported to ONNX here.

    ``figures`` and ``licence_source`` say where figures and licence are from, their ``basis`` how that was read: its
    text, as others quote it, or by the user (own); ``seen`` is when.
    """

    name: str
    family: Literal["encoder", "decoder"]
    parameters: int
    context: int
    hidden: int
    layers: int
    vocabulary: int
    licence: str = ""
    kv_heads: int = 0
    head_dim: int = 0
    kv_layers: int | None = None
    languages: tuple[str, ...] = ()
    package: str | None = None
    path: str | None = None
    frozen: bool = True
    export: Literal["verified", "untried", "fails"] = "untried"
    url: str = ""
    figures: str = ""
    figures_basis: Literal["text", "quotes", "own"] = "own"
    licence_source: str = ""
    licence_basis: Literal["text", "quotes", "own"] = "own"
    seen: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if min(self.parameters, self.context, self.hidden, self.layers, self.vocabulary) < 1:
            raise ValueError(f"{self.name}: sizes must be positive")
        if self.family == "decoder" and min(self.kv_heads, self.head_dim) < 1:
            raise ValueError(f"{self.name}: a decoder has kv_heads and head_dim")

    @property
    def inner(self) -> int:
        """The parameters that work on every token: all but the table of words."""
        return self.parameters - self.vocabulary * self.hidden


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Models, and the licences that they name; :data:`LicenceKind.UNKNOWN` for what is not there."""

    models: tuple[Model, ...]
    licences: Mapping[str, Licence]

    def licence(self, model: Model) -> Licence:
        """What a model's licence asks."""
        return self.licences.get(model.licence.lower(), Licence(LicenceKind.UNKNOWN))

    def find(self, name: str) -> Model | None:
        """The model of that name."""
        return next((model for model in self.models if model.name == name), None)


def catalogue(file: Path | str = "") -> Catalogue:
    """The package's table.

    Args:
        file: Rows of the user's own in the form of ``models.toml``. They come first; of rows with one name the first
            counts.

    Raises:
        ConfigError: the file cannot be read or means nothing.
    """
    table = _parse((files("slm_instrument.select") / "models.toml").read_text(encoding="utf-8"))
    if not file:
        return table
    own = _read(Path(file))
    models = {model.name: model for model in (*table.models, *own.models)}
    named = dict.fromkeys(model.name for model in (*own.models, *table.models))
    return Catalogue(tuple(models[name] for name in named), {**table.licences, **own.licences})


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    models: tuple[Model, ...] = ()
    licences: dict[str, Licence] = {}


def _read(file: Path) -> Catalogue:
    try:
        return _parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # no UTF-8, no TOML, a field that is missing, misspelt or of the wrong type
        raise ConfigError(f"{file}: {error}") from error


def _parse(text: str) -> Catalogue:
    table = msgspec.convert(tomllib.loads(text), type=_Table)
    return Catalogue(table.models, {name.lower(): licence for name, licence in table.licences.items()})
