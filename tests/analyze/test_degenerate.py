"""Input that no agent should make and some do: a sensible result or one clear sentence, in bounded time and memory."""

import json
import random
import resource
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import cycle

import numpy as np
import pytest

from slm_instrument.analyze import analyze, embed
from slm_instrument.cli import run
from slm_instrument.interchange.native import call_from_native
from slm_instrument.records import Call, Failure, Message
from slm_instrument.store import open_store

CPU_S = 60  # of a case; all take a second or two
MEMORY_MIB = 700
MEGABYTE = 1_000_000
SYSTEM = "You sort the messages of a library's readers into one of the shelves that are listed below."
WORDS = ("novel", "atlas", "poem", "essay", "diary", "fable", "saga", "map", "letter", "almanac", "hymn", "sonnet")


def words(draw, count):
    return " ".join(draw.choices(WORDS, k=count))


def line(text, answer="fiction", system=SYSTEM, **fields):
    """A call as a line of a log; text and answer may be any content."""
    messages = [{"role": "system", "content": system}] if system is not None else []
    messages += [{"role": "user", "content": text}] if text is not None else []
    return {"messages": messages, "response": {"role": "assistant", "content": answer}, **fields}


def readers(count, **fields):
    """Calls of one task."""
    draw = random.Random(0)
    for number in range(count):
        yield line(f"Reader {number} asks for {words(draw, 6)}", draw.choice(("fiction", "science")), **fields)


def scripts():
    draw = random.Random(0)
    alphabets = {
        "chinese": "图书馆里有很多书和地图我想借一本小说给孩子看",
        "arabic": "أريد أن أستعير كتابا من المكتبة العامة اليوم",
        "thai": "ฉันต้องการยืมหนังสือจากห้องสมุดสาธารณะวันนี้",
        "emoji": "📚🗺️📖✍️🧾📜🔖📰🗞️📕📗📘👩‍🏫",
    }
    for name, alphabet in alphabets.items():
        for _ in range(20):
            yield line("".join(draw.choices(alphabet, k=40)), draw.choice(alphabet), system=alphabet, app=name)


def junk():
    draw = random.Random(0)
    for _ in range(30):
        text = "".join(chr(draw.randrange(32)) for _ in range(200)) + "\x00\x7f\x1b[31m\u202e\ufeff\uffff"
        yield line(text, text[:20], system="\x00\x01" * 40)


IMAGE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
FAILED = {"response": None, "error": {"type": "RateLimitError", "message": "slow down"}}
CASES = {
    "one call": lambda: readers(1),
    "two calls": lambda: readers(2),
    "all identical": lambda: (line("the same", trace_id=str(n)) for n in range(200)),
    "all identical, one trace": lambda: (line("the same", trace_id="t", call_index=n) for n in range(200)),
    "no system prompts": lambda: readers(60, system=None),
    "megabyte prompts": lambda: (line(words(random.Random(n), MEGABYTE // 6)) for n in range(8)),
    "megabyte without a space": lambda: (line(chr(97 + n % 26) * MEGABYTE) for n in range(8)),
    "megabyte system prompts": lambda: (line("x", system=words(random.Random(n), MEGABYTE // 6)) for n in range(8)),
    "megabyte answers": lambda: (line(f"x {n}", words(random.Random(n), MEGABYTE // 6)) for n in range(8)),
    "binary junk": junk,
    "lone surrogates": lambda: (line(f"half \ud83d of a sign {n}", "\udc00") for n in range(30)),
    "other scripts": scripts,
    "empty answers": lambda: (line(f"Reader {n}", "") for n in range(30)),
    "answers that are null": lambda: (line(f"Reader {n}", None) for n in range(30)),
    "empty messages": lambda: (line("", "", system="", trace_id=str(n)) for n in range(30)),
    "only spaces": lambda: (line(" \n\t" * n, " ", system="  ") for n in range(30)),
    "only images": lambda: (line(IMAGE, trace_id=str(n)) for n in range(30)),
    "content that is an empty list": lambda: (line([], trace_id=str(n)) for n in range(30)),
    "no user message": lambda: (line(None, trace_id=str(n)) for n in range(30)),
    "duplicate ids": lambda: (each | {"id": "same"} for each in readers(60)),
    "all failed": lambda: (each | FAILED for each in readers(60)),
    "all for people": lambda: (each | {"audience": "human"} for each in readers(60)),
    "all by a student": lambda: (each | {"served_by": "slm:b1"} for each in readers(60)),
    "a turn for each of a thousand users": lambda: (
        {**line("x"), "messages": [{"role": "user", "content": words(random.Random(n), 5)}] * 1_000} for n in range(8)
    ),
    "tools without end": lambda: (
        line(f"Reader {n}") | {"tools": [{"type": "function", "function": {"name": f"t{n}_{m}"}} for m in range(200)]}
        for n in range(30)
    ),
    "times that mean nothing": lambda: (
        each | {"started_at": at}
        for each, at in zip(readers(60), cycle(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]), strict=False)
    ),
    "answers nested without end": lambda: (line(f"Reader {n}", "[" * 5_000 + "]" * 5_000) for n in range(30)),
    "tool calls that are no JSON": lambda: (
        each
        | {"response": {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{"}}]}}
        for each in readers(30)
    ),
    "costs that mean nothing": lambda: (each | {"cost_usd": -1.0, "latency_ms": -5.0} for each in readers(30)),
    "names of a megabyte": lambda: readers(30, app="\x00<b>" * 1_000, agent="x" * MEGABYTE),
}


# What becomes of the calls of some cases: how many are in tasks, and otherwise.
EXPECTED = {
    "two calls": ([], {"unassigned": 2}),
    "all identical": ([200], {}),
    "all identical, one trace": ([200], {}),
    "no system prompts": ([60], {}),
    "only images": ([30], {}),
    "other scripts": ([20, 20, 20, 20], {}),
    "duplicate ids": ([], {"unassigned": 1}),
    "all failed": ([], {"failed": 60}),
    "all for people": ([], {"human": 60}),
    "all by a student": ([], {"student": 60}),
}


@pytest.fixture(autouse=True)
def one_model(monkeypatch):
    """The embedding model, loaded once."""
    monkeypatch.setattr(embed, "_load", _loaded)


@cache
def _loaded(path, load=embed._load):
    return load(path)


@pytest.fixture(autouse=True)
def bounded():
    """No case takes much of the processor or of memory."""
    cpu, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.process_time() - cpu < CPU_S
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024 < MEMORY_MIB


def analysed(tmp_path, capsys, lines, *options):
    """Status, result and what was said of ``slm-instrument analyze FILE``."""
    file = tmp_path / "calls.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    status = run(["analyze", str(file), "--json", *options])
    said = capsys.readouterr()
    return status, json.loads(said.out) if said.out else None, said.err


@pytest.mark.parametrize("case", CASES)
def test_a_sensible_result_or_one_clear_sentence(case, tmp_path, capsys):
    status, found, said = analysed(tmp_path, capsys, CASES[case]())
    assert "Traceback" not in said
    assert "error: unexpected" not in said
    if status:
        assert (status, found) == (1, None)
        assert len([each for each in said.splitlines() if each.startswith("error: ")]) == 1
        assert case not in EXPECTED
        return
    others = {name: found[name] for name in ("unassigned", "failed", "student", "human")}
    sizes = [task["calls"] for task in found["tasks"]]
    assert sum(sizes) + sum(others.values()) == found["calls"]
    assert all(task["name"] and 0 <= task["replaceable"] <= 1 for task in found["tasks"])
    if case in EXPECTED:
        assert (sizes, {name: count for name, count in others.items() if count}) == EXPECTED[case]


def test_nothing_to_read_is_one_sentence(tmp_path, capsys):
    status, found, said = analysed(tmp_path, capsys, [])
    assert (status, found) == (1, None)
    assert said.count("\n") == 1


@pytest.mark.parametrize(("least", "status"), [("0", 2), ("-3", 2), ("many", 2), ("1", 0), ("1000000", 0)])
def test_any_least_number_of_calls(least, status, tmp_path, capsys):
    got, found, _ = analysed(tmp_path, capsys, readers(20), "--min-calls", least)
    assert got == status
    if status == 0:
        assert [task["calls"] for task in found["tasks"]] == ([20] if least == "1" else [])


@pytest.mark.parametrize(
    "call",
    [
        Call(),
        Call(response=Message("assistant", "yes")),
        Call(error=Failure("Error", "")),
        Call(messages=(Message("user", None),), response=Message("assistant", None)),
        Call(messages=(Message("tool", "x"),), response=Message("assistant", "x")),
        Call(messages=(Message("wizard", "x"),), response=Message("wizard", "x")),
        Call(messages=(Message("user", "half \ud83d"),), response=Message("assistant", "\udc00")),
        Call(messages=(Message("user", "x"),), cost_usd=float("nan"), duration_ms=float("inf"), app=""),
    ],
)
def test_calls_that_only_a_program_can_make(call, tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db", create=True)) as store:
        store.add_calls([replace(call, id=str(number)) for number in range(10)])
        analysis = analyze(store)
    assert analysis.calls == 10


def test_calls_that_come_a_few_at_a_time(tmp_path):
    calls = [call_from_native(each | {"app": "rare" if n % 9 == 0 else "shop"}) for n, each in enumerate(readers(30))]
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db", create=True)) as store:
        for at, rare in ((0, 2), (10, 3), (20, 4)):
            store.add_calls(calls[at : at + 10])
            analysis = analyze(store, embedder=Letters())
            assert (analysis.calls, analysis.unassigned) == (at + 10, rare)
            assert len(list(store.iter_assignments())) == at + 10


def test_calls_that_make_no_task_were_analysed_all_the_same(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db", create=True)) as store:
        store.add_calls([call_from_native(each) for each in readers(3)])
        analyze(store, embedder=Letters())
        assert [task for _, task in store.iter_assignments()] == [None] * 3


class Letters:
    """An embedder that takes no time: how often each of the first letters occurs."""

    name = "letters"

    def __call__(self, texts):
        vectors = np.array([[1 + text.count(letter) for letter in "aeinorst"] for text in texts], dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if len(texts) else vectors.reshape(0, 8)


def test_the_same_prompt_in_very_many_applications(tmp_path):
    calls = [call_from_native(each | {"app": f"app {n % 300}"}) for n, each in enumerate(readers(1_500))]
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db", create=True)) as store:
        store.add_calls(calls)
        analysis = analyze(store, embedder=Letters())
    assert len({task.id for task in analysis.tasks}) == len({task.app for task in analysis.tasks}) == 300


@pytest.mark.parametrize("prompts", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_as_many_system_prompts_as_calls(prompts, tmp_path, capsys):
    draw = random.Random(0)
    lines = [line(words(draw, 8), system=f"{words(draw, 30)} {number}") for number in range(prompts)]
    status, found, _ = analysed(tmp_path, capsys, lines)
    assert (status, found["calls"]) == (0, prompts)


def test_a_start_in_the_future_leaves_nothing_to_read_and_all_that_was_found(tmp_path):
    with closing(open_store(f"sqlite:///{tmp_path}/calls.db", create=True)) as store:
        store.add_calls([call_from_native(each) for each in readers(10)])
        assert analyze(store, since=datetime.max.replace(tzinfo=UTC)).tasks == ()
        before = analyze(store, since=datetime.min.replace(tzinfo=UTC)).tasks
        assert [task.calls for task in before] == [10]
        analyze(store, since=datetime.max.replace(tzinfo=UTC))
        assert [(task.id, task.calls) for task in store.tasks()] == [(task.id, task.calls) for task in before]
