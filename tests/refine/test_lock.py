"""One refinement at a time on a store, and no lock outlives its process."""

from pathlib import Path

import pytest

from slm_instrument.errors import InputError
from slm_instrument.refine.lock import held
from slm_instrument.store import open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    return request.getfixturevalue("postgresql").new()


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


def test_it_is_held_once_and_free_afterwards(store, tmp_path):
    with held(store, tmp_path) as ours, held(store, tmp_path) as theirs:
        assert ours
        assert not theirs
    with held(store, tmp_path) as ours:
        assert ours


@pytest.mark.parametrize("folder", ["same", "other"])
def test_a_process_holds_it_until_it_is_killed(store, url, tmp_path, run_until_there, folder):
    models = tmp_path / "same"
    with run_until_there("holding.py", url, models) as process:
        with held(store, tmp_path / folder) as ours:
            assert not ours  # whichever models folder it works for
        process.kill()
        process.wait()
        with held(store, models) as ours:
            assert ours


def test_it_ends_with_an_error_too(store, tmp_path):
    with pytest.raises(RuntimeError), held(store, tmp_path):
        raise RuntimeError
    with held(store, tmp_path) as ours:
        assert ours


def test_other_stores_are_not_held_up(tmp_path):
    first, second = open_store(f"sqlite:///{tmp_path}/a.db"), open_store(f"sqlite:///{tmp_path}/b.db")
    with held(first, tmp_path) as one, held(second, tmp_path) as other:
        assert one
        assert other
    first.close()
    second.close()


def test_a_store_in_memory_is_locked_in_the_models_folder(tmp_path):
    store = open_store("memory://")
    with held(store, tmp_path / "models") as ours:
        assert ours
    assert [file.name for file in (tmp_path / "models").iterdir()] == [".refine.lock"]
    store.close()


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    store = open_store("memory://")
    with pytest.raises(InputError, match=r"the lock file .* cannot be made"), held(store, Path(tmp_path / "file")):
        pass
    store.close()
