"""The commands that find tasks and show them: options, wrong use, what is written down and where."""

import json
import stat
from datetime import UTC, datetime, timedelta

import click
import pytest

from slm_instrument import Call, Message, open_store
from slm_instrument.cli import run
from slm_instrument.cli.namers import namer_named
from slm_instrument.cli.options import Moment
from slm_instrument.errors import ConfigError

SYSTEM = "You are the router of a shop. Say which of these labels the message has: refund, delivery, broken."


def calls(count, start=0):
    for n in range(start, start + count):
        messages = (Message("system", SYSTEM), Message("user", f"my order number {n} is late {n % 7}"))
        yield Call(
            id=f"c{n}",
            trace_id=f"t{n}",
            app="shop",
            agent="router",
            messages=messages,
            response=Message("assistant", ("refund", "delivery", "broken")[n % 3]),
            started_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n),
        )


@pytest.fixture
def url(tmp_path):
    address = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(address)
    store.add_calls(list(calls(40)))
    store.close()
    return address


@pytest.fixture
def analysed(url, capsys):
    assert run(["analyze", "--store", url]) == 0
    capsys.readouterr()
    return url


def printed(capsys):
    return json.loads(capsys.readouterr().out)


def test_only_what_is_new_is_analysed_and_the_task_stays(url, capsys):
    assert run(["analyze", "--store", url, "--json"]) == 0
    first = printed(capsys)
    assert (first["calls"], first["new"]) == (40, 40)
    store = open_store(url)
    store.add_calls(list(calls(5, start=40)))
    store.close()
    assert run(["analyze", "--store", url, "--json"]) == 0
    second = printed(capsys)
    assert (second["calls"], second["new"]) == (45, 5)
    assert [task["id"] for task in second["tasks"]] == [task["id"] for task in first["tasks"]]


def test_savings_are_at_the_given_prices(url, capsys):
    assert run(["analyze", "--store", url, "--price-in", "1000", "--price-out", "0", "--json"]) == 0
    (task,) = printed(capsys)["tasks"]
    assert task["saving"]["llm_usd"] == pytest.approx(task["input_tokens"] / 1000)


def test_calls_from_before_are_left_out(url, capsys):
    assert run(["analyze", "--store", url, "--since", "2026-01-02T06:00", "--json"]) == 0
    assert printed(capsys)["calls"] == 10


def test_the_report_is_its_owners_alone_and_is_written_down(url, tmp_path, capsys):
    file = tmp_path / "report.html"
    assert run(["analyze", "--store", url, "--report", str(file)]) == 0
    assert str(file) in capsys.readouterr().err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8").startswith("<!doctype html>")
    store = open_store(url)
    assert {"analyze", "report"} <= {row.action for row in store.audit()}
    store.close()


def test_another_granularity_asks_for_all_to_be_found_again(analysed, capsys):
    assert run(["analyze", "--store", analysed, "--granularity", "fine"]) == 2
    assert "--anew" in capsys.readouterr().err
    assert run(["analyze", "--store", analysed, "--granularity", "fine", "--anew", "--json"]) == 0
    assert printed(capsys)["new"] == 0


def test_a_model_of_the_users_names_only_new_tasks(url, tmp_path, monkeypatch, capsys):
    (tmp_path / "naming_model.py").write_text(
        "asked = []\ndef model(text):\n    asked.append(text)\n    return 'route-parcels'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # as the command line does itself; taken back after the test
    assert run(["analyze", "--store", url, "--name-with", "naming_model:model", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [task["name"] for task in json.loads(out)["tasks"]] == ["route-parcels"]
    assert "the model named 1 of 1 tasks" in err
    assert run(["analyze", "--store", url, "--name-with", "naming_model:model"]) == 0
    import naming_model

    assert len(naming_model.asked) == 1
    assert run(["tasks", "route-parcels", "--store", url]) == 0


def test_a_task_is_shown_with_all_that_is_known(analysed, capsys):
    assert run(["tasks", "--store", analysed, "--json"]) == 0
    (task,) = printed(capsys)["tasks"]
    assert run(["tasks", task["id"], "--store", analysed]) == 0
    shown = capsys.readouterr().out
    for what in (task["name"], task["id"], "router (40)", "instruction", "broken", "risks", task["typical"][0]):
        assert what in shown
    assert run(["tasks", task["name"], "--store", analysed, "--json"]) == 0
    assert printed(capsys)["tasks"] == [task]


def test_the_tree_goes_from_applications_to_tasks(analysed, capsys):
    assert run(["tasks", "--tree", "--store", analysed]) == 0
    app, agent, task = capsys.readouterr().out.splitlines()[:3]
    assert app.startswith("shop  40 calls")
    assert "router  40 calls" in agent
    assert "40 calls" in task


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "--report", "no/such/folder/report.html"],
        ["analyze", "--report", "."],
        ["analyze", "--since", "yesterday"],
        ["analyze", "--price-in", "3"],
        ["analyze", "--price-in", "free", "--price-out", "1"],
        ["analyze", "--engine", "steam"],
        ["analyze", "--granularity", "gritty"],
        ["analyze", "--name-with", "no_such_module:thing"],
        ["analyze", "--name-with", "os:no_such_thing"],
        ["tasks", "t1", "--tree"],
        ["tasks", "--tree", "--json"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_status_2_before_any_work(arguments, url, capsys):
    assert run([*arguments, "--store", url]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.strip()
    store = open_store(url)
    assert not store.tasks()
    store.close()


@pytest.mark.parametrize(("text", "ago"), [("90m", 90), ("24h", 24 * 60), ("7d", 7 * 24 * 60), ("2w", 14 * 24 * 60)])
def test_a_time_may_be_so_long_ago(text, ago):
    at = Moment().convert(text, None, None)
    assert abs(datetime.now(UTC) - timedelta(minutes=ago) - at) < timedelta(minutes=1)


def test_a_time_without_a_zone_is_of_utc():
    assert Moment().convert("2026-01-02", None, None) == datetime(2026, 1, 2, tzinfo=UTC)
    assert Moment().convert("2026-01-02T03:00+03:00", None, None) == datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(click.BadParameter):
        Moment().convert("999999w", None, None)


def test_a_model_whose_module_fails_is_said(tmp_path, monkeypatch):
    (tmp_path / "failing_model.py").write_text("raise RuntimeError('no key')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # as the command line does itself; taken back after the test
    with pytest.raises(ConfigError, match="no key"):
        namer_named("failing_model:model")


def test_calls_are_quoted_only_when_asked_for_and_that_is_written_down(analysed, capsys):
    store = open_store(analysed)
    (task,) = store.tasks()
    assert run(["tasks", task.name, "--store", analysed]) == 0
    silent = capsys.readouterr().out
    assert run(["tasks", task.name, "--examples", "--store", analysed]) == 0
    said = capsys.readouterr().out
    quoted = said.removeprefix(silent)
    assert len(quoted) < len(said), "what is said without it comes first"
    assert (quoted.count("call c"), quoted.count(SYSTEM)) == (2, 2)
    assert [(record.action, record.subject) for record in store.audit()][-1] == ("examples", task.id)
    for wrong in (["tasks", "--examples"], ["tasks", task.name, "--examples", "--json"]):
        assert run([*wrong, "--store", analysed]) == 2
    store.close()


def test_given_prices_count_for_every_cost_that_is_shown(analysed, capsys):
    assert run(["analyze", "--anew", "--store", analysed, "--price-in", "2.5", "--price-out", "10", "--json"]) == 0
    found = printed(capsys)
    (task,) = found["tasks"]
    assert task["cost_usd"] == task["saving"]["llm_usd"] > 0
    assert found["total"]["cost_usd"] == pytest.approx(task["cost_usd"])
