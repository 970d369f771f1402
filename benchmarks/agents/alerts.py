"""Alerts of a data centre looked at by four fixed prompts.

Hard in the other direction: each task has one prompt that never changes, while what it is given are payloads of eight
kinds, each with words, keys and lines of its own that repeat all the time, in JSON, as log lines or as tables. An
alert comes dozens of times with other numbers. Nothing but the system prompt tells the tasks apart; only the shift's
report, of which there is one a day, has none.
"""

from collections.abc import Callable, Iterator
from random import Random

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import Labelled, as_json, json_schema, runs, system, user

_TRIAGE = (
    "You are on call for a data centre. You get an alert as the monitoring sent it. Say how urgent it is: P1 wakes "
    "somebody up, P2 waits for the morning, P3 waits for the week, NOISE is to be dropped. Answer with that one word."
)
_CAUSE = (
    "You find out why machines misbehave. From the alert and whatever came with it, name the most probable cause and "
    "the one thing to look at next. At most three sentences; no lists; do not repeat the alert."
)
_DUPLICATE = (
    "Two alerts are given, one after the other. Decide whether they have the same cause. Different hosts can share a "
    "cause; the same host can have two. Answer same or different."
)
_TICKET = "Turn the alert into a ticket for the team that owns the service. Fill in the form you are given."
_FORM = json_schema("ticket", title="string", team="string", steps="array")


def calls(seed: int = 0, traces: int = 260) -> Iterator[Labelled]:
    for run in runs("alerts", seed, traces, model="gpt-4.1-mini"):
        dice = run.dice
        alert = dice.choice(_KINDS)(dice)
        level = writing.decided(alert, ("P1", "P2", "P3", "NOISE"))
        yield run.call("triage_alert", [system(_TRIAGE), user(alert)], level, agent="triage")
        if dice.random() < 0.6:
            other = dice.choice(_KINDS)(dice)
            pair = [system(_DUPLICATE), user(f"{alert}\n\n{other}")]
            yield run.call("same_cause", pair, writing.decided(other, ("same", "different")), agent="dedup")
        if level in ("P1", "P2"):
            about = words.TOPICS[2]
            told = [system(_CAUSE), user(alert)]
            yield run.call("find_cause", told, writing.paragraph(dice, about, 1, 3), agent="diagnosis")
            form = as_json({"title": writing.title(dice, about), "team": "platform", "steps": []})
            yield run.call("write_ticket", [system(_TICKET), user(alert)], form, agent="tickets", response_format=_FORM)
        if run.number % 12 == 0:
            rows = "\n".join(dice.choice(_KINDS)(dice).split("\n")[0] for _ in range(dice.randint(5, 40)))
            prompt = f"Write the report of the shift of {run.today} from these alerts.\n\n{rows}"
            yield run.call("shift_report", [user(prompt)], writing.document(dice, words.TOPICS[2], 600), agent="triage")
        if dice.random() < 0.08:
            yield run.one_off()


def _host(dice: Random) -> str:
    kind = dice.choice(("db", "web", "cache", "gw", "batch"))
    return f"{kind}-{dice.randint(1, 40):02}.{writing.city(dice).lower()}"


def _at(dice: Random) -> str:
    return (
        f"2026-03-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}Z"
    )


def _disk(dice: Random) -> str:
    used = dice.randint(80, 100)
    rows = "\n".join(
        f"/dev/sd{dice.choice('abcdef')}{at} {dice.randint(10, 900)}G {dice.randint(1, 100)}% /data{at}"
        for at in range(3)
    )
    return f"[FIRING] DiskAlmostFull {_host(dice)} {used}% since {_at(dice)}\nFilesystem Size Use% Mounted on\n{rows}"


def _latency(dice: Random) -> str:
    labels = {
        "service": dice.choice(words.CODE_NOUNS),
        "quantile": "0.99",
        "host": _host(dice),
        "region": writing.city(dice),
    }
    value = {"value": dice.randint(300, 9_000), "threshold": 250, "unit": "ms"}
    return as_json(
        {"status": "firing", "alert": "HighLatency", "labels": labels, "value": value, "startsAt": _at(dice)}
    )


def _crash(dice: Random) -> str:
    head = f"{_at(dice)} {_host(dice)} systemd: {coding.name(dice)}.service: main process exited, code=1"
    return f"{head}\n{coding.traceback(dice)}"


def _network(dice: Random) -> str:
    lines = (
        f"{_at(dice)} %LINK-3-UPDOWN: Interface Gi0/{dice.randint(1, 48)}, changed state to "
        f"{dice.choice(('up', 'down'))}"
        for _ in range(dice.randint(1, 15))
    )
    return f"syslog from {_host(dice)}\n" + "\n".join(lines)


def _certificate(dice: Random) -> str:
    days = dice.randint(-2, 30)
    issued = f"Issuer: {writing.company(dice)}\nSerial: {dice.getrandbits(64):x}"
    return f"Certificate of {writing.url(dice)} expires in {days} days.\n{issued}"


def _queue(dice: Random) -> str:
    rows = [
        {"queue": coding.name(dice), "ready": dice.randint(0, 90_000), "consumers": dice.randint(0, 9)}
        for _ in range(4)
    ]
    return as_json({"source": "broker", "node": _host(dice), "time": _at(dice), "queues": rows})


def _security(dice: Random) -> str:
    address = ".".join(str(dice.randint(1, 254)) for _ in range(4))
    lines = (
        f"sshd[{dice.randint(300, 9_999)}]: Failed password for {dice.choice(words.FIRST_NAMES).lower()} from {address}"
        for _ in range(dice.randint(3, 20))
    )
    return f"Possible break-in at {_host(dice)}\n" + "\n".join(lines)


def _human(dice: Random) -> str:
    about = words.TOPICS[2]
    return f"From: {writing.person(dice)}\nSubject: {writing.question(dice, about)}\n\n{writing.paragraph(dice, about)}"


_KINDS: tuple[Callable[[Random], str], ...] = (
    _disk,
    _latency,
    _crash,
    _network,
    _certificate,
    _queue,
    _security,
    _human,
)
