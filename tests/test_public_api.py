"""The package's surface: names, what importing costs, which way imports point."""

import subprocess
import sys

import pytest

import slm_instrument

HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "onnxruntime",
    "sklearn",
    "hdbscan",
    "sqlalchemy",
    "alembic",
    "numpy",
)


def test_all_names_are_there_and_sorted():
    assert slm_instrument.__all__ == sorted(slm_instrument.__all__)
    for name in slm_instrument.__all__:
        assert getattr(slm_instrument, name) is not None
    with pytest.raises(AttributeError):
        slm_instrument.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import slm_instrument", HEAVY),
        ("import slm_instrument.cli", HEAVY),
        ("from slm_instrument import Recorder", HEAVY[:6]),
        ("import slm_instrument_langchain", HEAVY[:6]),
        ("from slm_instrument.runtime import Substitutor, Mode", HEAVY[:6]),
    ],
)
def test_importing_loads_nothing_heavy(statement, unwanted):
    code = f"import sys; {statement}; print(*sorted(sys.modules.keys() & {set(unwanted)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_middleware_without_langchain_says_what_to_install():
    code = (
        "import importlib.util as u, sys; found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'langchain' else found(name, *a)\n"
        "from slm_instrument_langchain import SlmCallbackHandler\n"
        "from slm_instrument_langchain import SlmMiddleware"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("ImportError: SlmMiddleware needs langchain: pip install ")
