"""Students that may not serve any more, as a note in the bundle's folder: it holds also where no store is asked."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

RETIRED = "retired.json"


def retire(folder: Path, because: str) -> bool:
    """Leave the note; False when the folder cannot be reached or written. An older note stays."""
    note = folder / RETIRED
    if note.exists():
        return True
    text = json.dumps({"retired_at": datetime.now(UTC).isoformat(), "because": because}, indent=2) + "\n"
    made = folder / f".{RETIRED}.{os.getpid()}"
    try:
        with made.open("w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        made.replace(note)
    except OSError:
        return False
    return True


def why_retired(folder: Path) -> str | None:
    """Why the bundle in a folder may not serve, or None. A note that cannot be read is a reason, too."""
    try:
        text = (folder / RETIRED).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as e:
        return f"its {RETIRED} cannot be read ({e.strerror})"
    try:
        return str(json.loads(text)["because"])
    except (ValueError, KeyError, TypeError):
        return f"there is a {RETIRED} in its folder"
