"""The rules that are taken over from gitleaks: whole, usable, and made anew by the script beside this file."""

import importlib.util
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from slm_instrument.redaction.linear import Linear

RULES = files("slm_instrument.redaction") / "rules"
SCRIPT = Path(__file__).with_name("refresh_gitleaks.py")


def test_rules_say_where_they_come_from():
    raw = json.loads((RULES / "gitleaks.json").read_text(encoding="utf-8"))
    assert raw["source"].startswith("https://github.com/gitleaks/gitleaks")
    assert raw["license"].startswith("MIT")
    assert "Permission is hereby granted" in (RULES / "LICENSE-gitleaks").read_text(encoding="utf-8")
    assert len(raw["rules"]) > 200


def test_every_rule_can_be_used():
    raw = json.loads((RULES / "gitleaks.json").read_text(encoding="utf-8"))
    for rule in raw["rules"]:
        compiled = Linear(rule["regex"].encode("latin-1"))
        assert rule.get("group", 0) <= compiled.groups, rule["id"]
        assert rule["keywords"], rule["id"]


def test_the_script_reads_a_rule_file_also_out_of_a_program(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("refresh_gitleaks", SCRIPT)
    refresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(refresh)
    monkeypatch.setattr(refresh, "TARGET", tmp_path / "gitleaks.json")
    config = (
        refresh.FIRST_LINE
        + b"""
[allowlist]
regexes = ['''^x$''']
[[rules]]
id = "new-key"
regex = '''(?i)[\\w.-]{0,50}?(?:new)(?:=>|=)(n-[a-z]{9})'''
entropy = 3
keywords = ["new"]
[[rules]]
id = "by-path"
path = '''secret'''
"""
    )
    (tmp_path / "program").write_bytes(b"\x7fELF\x00" + config + b"\n\n\x00\x01junk\n\xff")
    refresh.main(str(tmp_path / "program"), "9.9.9")
    made = json.loads((tmp_path / "gitleaks.json").read_text())
    assert made["version"] == "9.9.9"
    assert made["rules"] == [
        {"id": "new-key", "regex": "(?i)(?:new)(?:=>|=)(n-[a-z]{9})", "keywords": ["new"], "entropy": 3}
    ]


def test_rules_are_loaded_where_they_are_needed_and_not_before():
    code = (
        "import sys, slm_instrument, slm_instrument.redaction.settings as settings; settings.read_policies();"
        "assert not {'re2', 'slm_instrument.redaction.recognisers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
