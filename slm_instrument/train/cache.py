"""What takes long to make and depends on a few files alone: kept in the user's cache, under a digest of them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp


def cache() -> Path:
    """Where such things are kept."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "slm_instrument" / "models"


def kept(digest: str, write: Callable[[Path], object]) -> Path:
    """The folder of that digest, written once.

    Args:
        digest: of all that its content depends on.
        write: writes the content into an empty folder; what it raises leaves nothing behind.

    Raises:
        OSError: the disk refuses.
    """
    folder = cache() / digest[:32]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f"{digest[:8]}-", dir=folder.parent))
    try:
        write(draft)
        draft.chmod(0o755)  # mkdtemp makes it private
        _publish(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _publish(draft: Path, folder: Path) -> None:
    """Show the finished folder under its name at once; another process may have been faster."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
