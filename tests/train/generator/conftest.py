import pytest

from slm_instrument.train.generator.base_lm import BaseLM, find_base

from .tiny import write_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> BaseLM:
    """The tiny model as a base, found by its folder."""
    return find_base(str(write_model(tmp_path_factory.mktemp("tiny"))))
