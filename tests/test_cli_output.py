"""What commands say while they work."""

from io import StringIO

from rich.console import Console

from slm_instrument.cli import output
from slm_instrument.cli.output import progress_bar
from slm_instrument.doctor import Check, Health, render_table
from slm_instrument.progress import Stage


def test_in_a_pipe_a_long_job_says_each_stage_once(capsys):
    with progress_bar() as silent:
        assert silent is None
    with progress_bar(lines=True) as listener:
        for name in ("training", "export", "training"):
            stage = Stage(name, 3, listener)
            stage.step()
            stage.step()
            stage.finish()
    assert capsys.readouterr().err == "training ...\nexport ...\ntraining ...\n"


def test_a_stage_with_nothing_to_do_draws_no_bar(monkeypatch, capsys):
    terminal = Console(stderr=True, force_terminal=True, width=80)
    monkeypatch.setattr(output, "Console", lambda **_: terminal)
    with progress_bar() as listener:
        Stage("reading calls", 0, listener).finish()
        Stage("describing", 2, listener).finish()
    said = capsys.readouterr().err
    assert "describing" in said
    assert "reading calls" not in said


def test_ids_are_folded_and_never_cut():
    console = Console(width=80, record=True, file=StringIO())
    id = "shop-intent-20261129-0123456789abcdef"
    console.print(render_table([Check(f"student {id}", Health.OK, "words of a detail " * 8)]))
    column = "".join(line[:40].split("ok")[0].strip() for line in console.export_text().splitlines())
    assert id in column.replace(" ", "")
