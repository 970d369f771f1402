"""How fine tasks are is one choice, that joins more or less."""

import pytest

from slm_instrument.analyze.granularity import NORMAL, grain_of
from slm_instrument.errors import ConfigError


def test_coarser_joins_more():
    coarse, fine = grain_of("coarse"), grain_of("fine")
    assert coarse.same_meaning < NORMAL.same_meaning < fine.same_meaning
    assert coarse.same_words < NORMAL.same_words
    assert fine.same_words is None


def test_one_that_there_is_not_is_said():
    with pytest.raises(ConfigError, match="coarse, normal, fine"):
        grain_of("gritty")
