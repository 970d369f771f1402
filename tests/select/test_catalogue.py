"""The package's table of models, the page that shows it, and rows of the user's own."""

from pathlib import Path

import pytest

from slm_instrument.errors import ConfigError
from slm_instrument.select import LicenceKind, catalogue
from slm_instrument.select.report import size

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
BASIS = {"text": "read", "quotes": "as quoted"}
MODELS = catalogue().models

OWN = """
[licences.house]
kind = "conditions"
limits = "not outside the house"

[[models]]
name = "ours"
family = "decoder"
licence = "House"
parameters = 1_000_000
context = 2_048
hidden = 64
layers = 4
vocabulary = 1_000
kv_heads = 2
head_dim = 32
"""


def cells(model):
    licence = catalogue().licence(model)
    asks = f"{licence.kind}: {licence.limits}" if licence.limits else licence.kind.value
    read = f"{model.licence_source} ({BASIS[model.licence_basis]} {model.seen})"
    figures = f"{model.figures} ({BASIS[model.figures_basis]} {model.seen})"
    export = {"verified": "works", "untried": "not tried", "fails": "**fails**"}[model.export]
    return (
        f"| [{model.name}]({model.url}) | {size(model.parameters)} | {model.context:,} | {model.licence} | {asks} | "
        f"{export} | {model.note} | Figures: {figures}. Licence: {read} |"
    )


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_the_page_shows_the_table_in_its_order(family):
    part = PAGE.read_text(encoding="utf-8").partition(f"\n## {family.capitalize()}s\n")[2].partition("\n## ")[0]
    shown = [line for line in part.splitlines() if line.startswith("| [")]
    table = [cells(model) for model in MODELS if model.family == family]
    assert shown == table, "\n".join(["docs/models.md should say:", *table])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_row_says_where_its_figures_are_from(model):
    assert model.url == f"https://huggingface.co/{model.name}"
    assert model.figures
    assert model.licence_source
    assert model.figures_basis in BASIS
    assert model.licence_basis in BASIS
    assert model.seen is not None
    assert catalogue().licence(model).kind is not LicenceKind.UNKNOWN
    assert not any("\n" in text or "|" in text for text in (model.note, model.figures, model.licence_source))


def test_what_asks_for_something_says_what():
    for name, licence in catalogue().licences.items():
        assert bool(licence.limits) == (licence.kind is not LicenceKind.PERMISSIVE), name


def test_names_are_unique_and_come_from_small_to_large():
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names)
    assert list(MODELS) == sorted(MODELS, key=lambda model: (model.family != "encoder", model.parameters))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_parameters_and_shape_fit_each_other(model):
    """A transformer's layers have some 7 to 16 times the square of their width; the rest is the table of words."""
    assert 6 <= model.inner / model.layers / model.hidden**2 <= 22
    assert model.family == "encoder" or model.kv_heads * model.head_dim <= 2 * model.hidden


def test_rows_of_the_users_own_come_first(tmp_path):
    file = tmp_path / "models.toml"
    file.write_text(OWN)
    known = catalogue(file)
    assert known.models[0].name == "ours"
    assert known.licence(known.models[0]).limits == "not outside the house"
    assert len(known.models) == len(MODELS) + 1


def test_a_row_of_the_users_own_stands_for_the_packages_of_that_name(tmp_path):
    file = tmp_path / "models.toml"
    file.write_text(OWN.replace('"ours"', f'"{MODELS[0].name}"'))
    known = catalogue(file)
    assert known.find(MODELS[0].name).parameters == 1_000_000
    assert len(known.models) == len(MODELS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[models]", "models.toml"),
        (OWN.replace("parameters", "params"), "params"),
        (OWN.replace("kv_heads = 2", ""), "kv_heads"),
        (OWN.replace("layers = 4", "layers = 0"), "positive"),
        (OWN.replace('"decoder"', '"diffusion"'), "diffusion"),
    ],
)
def test_a_file_that_means_nothing_is_refused_by_name(tmp_path, text, said):
    file = tmp_path / "models.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        catalogue(file)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        catalogue(tmp_path / "none.toml")
