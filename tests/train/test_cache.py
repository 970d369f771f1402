"""What is kept in the user's cache is written once, whole or not at all."""

from pathlib import Path

import pytest

from slm_instrument.train.cache import cache, kept

DIGEST = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_it_is_written_once() -> None:
    written: list[Path] = []

    def write(folder: Path) -> None:
        written.append(folder)
        (folder / "file").write_text("content")

    folder = kept(DIGEST, write)
    assert kept(DIGEST, write) == folder
    assert (folder / "file").read_text() == "content"
    assert folder.parent == cache()
    assert len(written) == 1
    assert not written[0].exists()


def test_what_fails_leaves_nothing_behind(home: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "half").touch()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        kept(DIGEST, write)
    assert not list(cache().iterdir())


def test_another_process_may_be_faster() -> None:
    def write(folder: Path) -> None:
        (folder / "file").write_text("ours")
        kept(DIGEST, lambda other: (other / "file").write_text("theirs"))

    assert (kept(DIGEST, write) / "file").read_text() == "theirs"
    assert len(list(cache().iterdir())) == 1
