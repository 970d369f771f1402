"""Makes slm_instrument/redaction/rules/gitleaks.json anew from a release of gitleaks (MIT).

Run it by hand, with gitleaks' ``config/gitleaks.toml`` or its program, which carries that file, and the release::

    python tests/redaction/refresh_gitleaks.py PATH 8.30.1
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "slm_instrument" / "redaction" / "rules" / "gitleaks.json"
FIRST_LINE = b"# This file has been auto-generated. Do not edit manually."
# What stands before a name in an assignment does not matter for finding the value behind it, and is slow to look for.
LEADING = (r"[\w.-]{0,50}?(?i:[\w.-]{0,50}?", r"(?i)[\w.-]{0,50}?")


def config(path: Path) -> dict[str, Any]:
    """The rule file, as it is or out of the program."""
    raw = path.read_bytes()
    start = raw.find(FIRST_LINE)
    end = raw.find(b"\n\n\x00", start) if b"\x00" in raw else len(raw)
    text = raw[start:end]
    while text:
        try:
            return tomllib.loads(text.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            text = text[: text.rfind(b"\n", 0, len(text) - 1) + 1]  # what follows the file in the program
    raise SystemExit(f"{path} holds no rule file of gitleaks")


def rule(raw: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a rule."""
    regex = raw["regex"]
    for leading in LEADING:
        if regex.startswith(leading):
            regex = "(?i" + (":" if leading.endswith("(?i:[\\w.-]{0,50}?") else ")") + regex[len(leading) :]
            break
    kept = {"id": raw["id"], "regex": regex, "keywords": raw.get("keywords", [])}
    if "secretGroup" in raw:
        kept["group"] = raw["secretGroup"]
    # An assignment to a name may be of anything, a prefix of a vendor is of a key: entropy decides for the former only.
    if "entropy" in raw and "=>|" in regex:
        kept["entropy"] = raw["entropy"]
    if raw["id"] == "generic-api-key":
        kept["stopwords"] = [word for allow in raw.get("allowlists", []) for word in allow.get("stopwords", [])]
        kept["never"] = [
            regex
            for allow in raw.get("allowlists", [])
            if "regexTarget" not in allow
            for regex in allow.get("regexes", [])
        ]
    return kept


def main(path: str, version: str) -> None:
    """Writes the file."""
    raw = config(Path(path))
    rules = [rule(entry) for entry in raw["rules"] if "regex" in entry and "path" not in entry]
    content = {
        "source": "https://github.com/gitleaks/gitleaks, config/gitleaks.toml",
        "version": version,
        "license": "MIT, Copyright (c) 2019 Zachary Rice: see LICENSE-gitleaks beside this file",
        "never": raw["allowlist"]["regexes"],
        "rules": rules,
    }
    TARGET.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(rules)} rules")


if __name__ == "__main__":
    main(*sys.argv[1:])
