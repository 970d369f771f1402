"""A page as one file that needs nothing else and lets nothing in or out.

Data lies in the page as JSON that cannot end its element; style and script are allowed by their digests and nothing
else is, so that a prompt could do nothing even if it became markup, and no request leaves the browser.
"""

import base64
import hashlib
import os
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from slm_instrument.errors import InputError

_SCRIPTS = ("base.js", "charts.js", "treemap.js", "map.js", "card.js", "tasks.js", "page.js")  # in order of their needs
# What could end the element, begin a comment in it, or be a line end in a script but not in JSON.
_ESCAPED = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"}


def document(data: Mapping[str, Any]) -> str:
    """The page's HTML; texts in the data must have no lone surrogates."""
    style = _web("page.css")
    script = "".join(_web(name) for name in _SCRIPTS)
    policy = f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'"
    parts = {"POLICY": f"{policy}; form-action 'none'", "STYLE": style, "DATA": embedded(data), "SCRIPT": script}
    before, *rest = _web("page.html").split("<!--@")
    pieces = (piece.split("@-->", 1) for piece in rest)
    return before + "".join(parts[name] + text for name, text in pieces)


def embedded(data: Mapping[str, Any]) -> str:
    """JSON that may stand inside of a script element."""
    text = msgspec.json.encode(data).decode()
    for character, escape in _ESCAPED.items():
        text = text.replace(character, escape)
    return text


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, and that is there when it is whole or not at all.

    Raises:
        InputError: the file cannot be written there.
    """
    path = path.resolve()  # a link stays one
    try:
        # mkstemp makes the file with mode 0600.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(f"the report cannot be written to {path}: {error.strerror}") from error


def _web(name: str) -> str:
    return files("slm_instrument.analyze.report").joinpath("web", name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
