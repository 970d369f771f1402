"""An analysis as a user sees it: tasks that an engineer would name, the same ones next time, sense in odd input."""

import random
from collections import Counter, defaultdict

import pytest

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage, open_store
from slm_instrument.analyze import analyze
from slm_instrument.analyze.embed import SentenceEncoder
from slm_instrument.analyze.report import to_json
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError, NotEnoughDataError
from slm_instrument.template import Prompt, best_match

THINGS = [
    "lamp",
    "sofa",
    "kettle",
    "bicycle",
    "violin",
    "hammock",
    "wallet",
    "camera",
    "toaster",
    "carpet",
    "ladder",
    "tent",
]
NAMES = ["Ann", "Bo", "Chidi", "Dina", "Emre", "Fay", "Goran", "Hana", "Ivo", "Jun"]
WISHES = [
    "I want my money back for the",
    "where is my",
    "cancel the order of the",
    "please send another",
    "it broke, the",
]
ROUTE = ToolSpec("route", "Routes.", {"type": "object", "properties": {"queue": {"type": "string"}}})


def draw_text(draw):
    things = f"{draw.choice(THINGS)} {draw.choice(THINGS)}"
    return f"{draw.choice(WISHES)} {things}, {draw.choice(NAMES)} {draw.randint(1, 9999)}"


def label_call(draw):
    text = draw_text(draw)
    label = "refund" if "money" in text else "other" if "where" in text else "order"
    system = "You label the messages of an online shop. Answer with one word: refund, order or other."
    return (Message("system", system), Message("user", f"Message: {text}\nLabel:")), Message("assistant", label), ()


def extract_call(draw):
    number, thing = draw.randint(10, 99999), draw.choice(THINGS)
    system = (
        f"You read orders. Today is 2026-0{draw.randint(1, 9)}-{draw.randint(10, 28)}. Copy number and item as JSON."
    )
    user = f"<mail>\nHello, {draw.choice(NAMES)} here, order {number}, the {thing}. {draw_text(draw)}\n</mail>"
    return (
        (Message("system", system), Message("user", user)),
        Message("assistant", f'{{"n": {number}, "item": "{thing}"}}'),
        (),
    )


def route_call(draw):
    text = draw_text(draw)
    queue = "money" if "money" in text else "care"
    call = ToolCall("route", f'{{"queue": "{queue}"}}', id=str(draw.random()))
    prompt = (Message("system", "You send each message to the right queue."), Message("user", text))
    return prompt, Message("assistant", None, (call,)), (ROUTE,)


def chat_call(draw):
    customer = f"customer {draw.randint(1000, 9999)}, {draw.choice(NAMES)} {draw.choice(NAMES)}son"
    system = f"You are a friendly shop assistant. You talk with {customer}. Be brief, be kind, promise nothing."
    turns = [Message("system", system)]
    for _ in range(draw.randint(0, 3)):
        turns += [Message("user", draw_text(draw)), Message("assistant", f"I see, the {draw.choice(THINGS)}.")]
    answer = " ".join(draw.choice(NAMES + THINGS + WISHES) for _ in range(30))
    return (*turns, Message("user", draw_text(draw))), Message("assistant", answer), ()


MAKERS = {"label": label_call, "extract": extract_call, "route": route_call, "chat": chat_call}


def agent_calls(traces, seed=0, **fields):
    """One call of each kind a trace; the kind is in the id only."""
    draw = random.Random(seed)
    for trace in range(traces):
        for kind, make in MAKERS.items():
            messages, response, tools = make(draw)
            yield Call(
                id=f"{kind}-{seed}-{trace}",
                trace_id=f"{seed}-{trace}",
                agent="desk",
                app="shop",
                model="gpt-4o-mini",
                messages=messages,
                tools=tools,
                response=response,
                usage=Usage(100, 10),
                duration_ms=100.0,
                **fields,
            )


@pytest.fixture(scope="module")
def encoder():
    return SentenceEncoder()


@pytest.fixture(scope="module")
def analysed(encoder):
    store = open_store("memory://")
    store.add_calls(list(agent_calls(60)))
    analysis = analyze(store, embedder=encoder)
    yield store, analysis
    store.close()


def kinds_by_task(store):
    found = defaultdict(Counter)
    for call_id, task_id in store.iter_assignments():
        found[task_id][call_id.split("-")[0]] += 1
    return found


def test_the_tasks_are_those_the_agents_author_would_name(analysed):
    store, analysis = analysed
    found = kinds_by_task(store)
    assert None not in found
    assert sorted(map(dict, found.values()), key=str) == sorted(({kind: 60} for kind in MAKERS), key=str)
    assert analysis.unassigned == 0
    assert len({task.name for task in analysis.tasks}) == len(analysis.tasks) == 4


def test_a_task_says_what_kind_its_answers_are_and_what_it_costs(analysed):
    store, analysis = analysed
    of = {next(iter(kinds)): store.find_task(task_id) for task_id, kinds in kinds_by_task(store).items()}
    assert of["label"].kind is of["route"].kind is AnswerKind.CLOSED_SET
    assert set(of["label"].answers) == {"refund", "order", "other"}
    assert set(of["route"].answers) == {
        '[{"arguments":{"queue":"money"},"name":"route"}]',
        '[{"arguments":{"queue":"care"},"name":"route"}]',
    }
    assert of["extract"].kind is AnswerKind.JSON
    assert of["chat"].kind is AnswerKind.FREE_TEXT
    assert of["label"].replaceable > 0.7
    assert of["chat"].replaceable == 0.0
    for task in of.values():
        assert (task.calls, task.input_tokens, task.output_tokens, task.latency_ms) == (60, 6000, 600, 100.0)
        assert not task.tokens_estimated
        assert task.cost_usd == pytest.approx(60 * (100 * 0.15 + 10 * 0.60) / 1e6)  # the list price of gpt-4o-mini
    (agent,) = analysis.agents
    assert agent.calls == 240
    assert 0 < agent.replaceable_calls < 1


def test_templates_recognise_calls_never_seen_and_no_others(analysed):
    store, _ = analysed
    kind_of = {task_id: next(iter(kinds)) for task_id, kinds in kinds_by_task(store).items()}
    templates = {template: kind_of[task.id] for task in store.tasks() for template in task.templates}
    matched = 0
    for call in agent_calls(100, seed=1):
        found = best_match(templates, Prompt.of_call(call))
        if found is not None:
            matched += 1
            assert templates[found[0]] == call.id.split("-")[0]
    assert matched >= 0.98 * 400
    strangers = (
        (Message("user", "hello"),),
        (Message("system", "You translate."), Message("user", "hello")),
        (Message("system", "You label the messages of a bank."), Message("user", "Message: x\nLabel:")),
    )
    for messages in strangers:
        assert best_match(templates, Prompt.of(messages)) is None


def test_slots_hold_what_varies(analysed):
    store, _ = analysed
    kind_of = {task_id: next(iter(kinds)) for task_id, kinds in kinds_by_task(store).items()}
    (template,) = next(task.templates for task in store.tasks() if kind_of[task.id] == "label")
    draw = random.Random(5)
    (system, user), _, _ = label_call(draw)
    slots = template.match(Prompt.of((system, user)))
    assert slots is not None
    assert slots.text == user.text.removeprefix("Message: ").removesuffix("\nLabel:")


def test_ids_and_names_survive_new_calls(encoder):
    store = open_store("memory://")
    store.add_calls(list(agent_calls(40)))
    before = {task.id: task.name for task in analyze(store, embedder=encoder).tasks}
    assigned = dict(store.iter_assignments())
    store.add_calls(list(agent_calls(40, seed=2)))
    after = {task.id: task.name for task in analyze(store, embedder=encoder).tasks}
    assert before == after
    assert all(dict(store.iter_assignments())[call_id] == task_id for call_id, task_id in assigned.items())
    store.close()


def test_only_the_llms_answers_to_the_agent_are_evidence(encoder):
    store = open_store("memory://")
    store.add_calls(list(agent_calls(30)))
    student = list(agent_calls(5, seed=3, served_by="slm:b1"))
    human = list(agent_calls(5, seed=4, audience="human"))
    failed = [Call(id="failed", app="shop", messages=(Message("user", "x"),), error=Failure("TimeoutError"))]
    store.add_calls(student + human + failed)
    analysis = analyze(store, embedder=encoder)
    assert (analysis.calls, analysis.student, analysis.human, analysis.failed) == (161, 20, 20, 1)
    assert sum(task.calls for task in analysis.tasks) == 120
    assigned = dict(store.iter_assignments())
    assert len(assigned) == 161
    assert all(assigned[call.id] == assigned[f"{call.id.split('-')[0]}-0-0"] for call in student)
    assert all(assigned[call.id] is None for call in human + failed)
    store.close()


def test_json_has_the_fixed_keys(analysed):
    data = to_json(analysed[1])
    assert {"tasks", "agents", "unassigned", "calls"} <= data.keys()
    for task in data["tasks"]:
        assert {"id", "name", "kind", "calls", "tokens", "cost_usd", "replaceable"} <= task.keys()


def one_prompt(text, n, answer="yes"):
    return Call(id=f"c{n}", trace_id=str(n), messages=(Message("user", text),), response=Message("assistant", answer))


@pytest.mark.parametrize(
    "calls",
    [
        [one_prompt("once", 0)],
        [one_prompt("always the same", n) for n in range(50)],
        [one_prompt(draw_text(random.Random(n)), n) for n in range(60)],
        [one_prompt("x " * 500_000 + str(n), n) for n in range(6)],
        [one_prompt("".join(map(chr, random.Random(n).choices(range(1, 0xD7FF), k=300))), n) for n in range(30)],
        [one_prompt(f"以下の文を分類してください。文：{THINGS[n % 12]}{n}\nラベル：", n) for n in range(30)],  # noqa: RUF001
        [one_prompt(f"question {n}", n, answer="") for n in range(30)],
        [Call(id=str(n), response=Message("assistant", "x")) for n in range(10)],
        [
            Call(
                id=f"c{n}",
                messages=(Message("system", f"You are agent {NAMES[n % 10]} of {n * 7919}."), Message("user", "go")),
                response=Message("assistant", "ok"),
            )
            for n in range(300)
        ],
    ],
    ids=[
        "one",
        "identical",
        "no-system",
        "megabytes",
        "junk",
        "japanese",
        "empty-answers",
        "no-messages",
        "all-systems",
    ],
)
def test_odd_input_gives_a_sensible_result(calls, encoder):
    store = open_store("memory://")
    store.add_calls(calls)
    analysis = analyze(store, embedder=encoder)
    assert analysis.calls == len(calls)
    assert sum(task.calls for task in analysis.tasks) + analysis.unassigned == len(calls)
    assert len(dict(store.iter_assignments())) == len(calls)
    store.close()


def test_an_empty_store_and_a_senseless_setting_are_clear_errors():
    store = open_store("memory://")
    with pytest.raises(NotEnoughDataError, match="no calls"):
        analyze(store)
    with pytest.raises(ConfigError, match="min_calls"):
        analyze(store, min_calls=0)
    store.close()
