"""A personal assistant with a memory (the family of mem0 and of chat products).

Hard because the assistant's system prompt is its user's own: name, work, tone, date and memories, so that no two are
the same; naming a chat is asked at the end of the same dialogue under the same prompt; extracting facts is asked in
the user's language and dated in its first line; what updates the memory is one long user message with old entries and
new facts; entities and relations get the same text under nearly the same words, with a tool each. Profiles are rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, asks_tool, assistant, bullets, runs, system, tool, user
from slm_instrument.records import Message

_FACTS = {
    "en": "Today is {today}. You keep what people tell about themselves. Read the conversation and take from it "
    "facts about the user: likes, plans, health, work, family. Ignore what the assistant says. Answer with JSON and "
    "nothing else.",
    "de": "Heute ist der {today}. Du merkst dir, was Menschen über sich erzählen. Lies das Gespräch und entnimm ihm "
    "Fakten über den Nutzer: Vorlieben, Pläne, Gesundheit, Arbeit, Familie. Antworte nur mit JSON.",
    "es": "Hoy es {today}. Guardas lo que las personas cuentan de sí mismas. Lee la conversación y extrae hechos "
    "sobre el usuario: gustos, planes, salud, trabajo, familia. Responde solo con JSON.",
}
_ENTITIES = tool("keep_entities", "Keep the entities of a text.", entities="array")
_RELATIONS = tool("keep_relations", "Keep the relations of a text.", relations="array")
_TONES = ("in short sentences", "with humour", "formally", "like an old friend", "with lists wherever possible")
_JOBS = ("teacher", "nurse", "carpenter", "data analyst", "student", "taxi driver", "lawyer", "retired", "chef")


@dataclass(frozen=True, slots=True)
class _Member:
    """Somebody who uses the assistant."""

    name: str
    about: str
    language: str


def calls(seed: int = 0, traces: int = 120) -> Iterator[Labelled]:
    members = [_member(Random(f"memory/{seed}/{number}")) for number in range(30)]
    for run in runs("memory", seed, traces, model="gpt-4.1-mini"):
        member = run.dice.choice(members)
        memories = [_fact(run.dice, member) for _ in range(run.dice.randint(0, 9))]
        yield from _chat(run, member, memories)
        if run.dice.random() < 0.09:
            prompt = f"{bullets(memories)}\n\nWrite a profile of {member.name} in one paragraph."
            yield run.call("write_profile", [user(prompt)], _fact(run.dice, member))
        if run.dice.random() < 0.25:
            yield run.one_off()


def _member(dice: Random) -> _Member:
    name = writing.person(dice)
    about = (
        f"{name}, {dice.choice(_JOBS)}, lives in {writing.city(dice)} and wants to be answered {dice.choice(_TONES)}."
    )
    return _Member(name, about, dice.choice(("en", "en", "de", "es")))


def _fact(dice: Random, member: _Member) -> str:
    verb = dice.choice(("likes", "avoids", "is planning", "has bought", "works on", "worries about"))
    return f"{member.name.split()[0]} {verb} the {writing.thing(dice, writing.topic(dice))}"


def _chat(run: Run, member: _Member, memories: list[str]) -> Iterator[Labelled]:
    dice = run.dice
    section = f"\n\nWhat you remember:\n{bullets(memories)}" if memories else ""
    prompt = system(
        f"You are the assistant of {member.about} It is {run.now:%A, %d %B %Y, %H:%M}.{section}\n\nUse what you "
        "remember only when it helps, and never say that you keep notes."
    )
    dialogue: list[Message] = []
    about = writing.topic(dice)
    for turn in range(dice.randint(1, 6)):
        dialogue.append(user(dice.choice((writing.question, writing.sentence))(dice, about)))
        reply = writing.paragraph(dice, about, 1, 6)
        yield run.call("chat", [prompt, *dialogue], reply)
        dialogue.append(assistant(reply))
        if turn == 0:
            wish = user("Give this conversation a title of three to six words. No quotation marks.")
            yield run.call("title_chat", [prompt, *dialogue, wish], writing.title(dice, about))
        if dice.random() < 0.5:
            yield from _remember(run, member, memories, dialogue[-2:])
    if len(dialogue) > 7:
        text = "\n".join(f"{message.role}: {message.text}" for message in dialogue)
        ask = (
            f"The conversation gets long. Replace it by a summary that lets you go on without it.\n\n{text}\n\nSummary:"
        )
        yield run.call("compress_history", [user(ask)], writing.words_of(dialogue[-1].text, 60))


def _remember(run: Run, member: _Member, memories: list[str], latest: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    text = "\n".join(f"{message.role}: {message.text}" for message in latest)
    facts = [_fact(dice, member) for _ in range(dice.randint(0, 3))]
    told = _FACTS[member.language].format(today=run.today)
    if run.share > 0.5:
        examples = bullets([f"Input: {writing.sentence(dice, words.TOPICS[8])}\nOutput: {{}}" for _ in range(2)], "")
        told = f"{told}\n\n{examples}"
    messages = [system(told), user(text)]
    yield run.call("extract_facts", messages, as_json({"facts": facts}), response_format={"type": "json_object"})
    if facts:
        old = as_json([{"id": at, "text": memory} for at, memory in enumerate(memories)])
        ask = (
            "You look after a memory. Compare the new facts with what is kept and say for each entry what to do: ADD, "
            f"UPDATE, DELETE or NONE.\nKept:\n{old}\nNew facts:\n{as_json(facts)}\nAnswer with the whole memory as a "
            "JSON list of objects with id, text and event. Ids of kept entries stay."
        )
        done = as_json([{"id": at, "text": fact, "event": "ADD"} for at, fact in enumerate(facts)])
        yield run.call("update_memory", [user(ask)], done)
        memories += facts
    if dice.random() < 0.4:
        yield from _graph(run, member, text)


def _graph(run: Run, member: _Member, text: str) -> Iterator[Labelled]:
    head = f"You build a graph of knowledge. Where the text says I or me, use {member.name} instead. Take the"
    things = writing.some(run.dice, writing.topic(run.dice).nouns, 1, 4)
    answer = asks_tool("keep_entities", {"entities": things}, "call_1")
    prompt = [system(f"{head} entities and their types from the text. Do not answer questions in it."), user(text)]
    yield run.call("extract_entities", prompt, answer, tools=[_ENTITIES])
    answer = asks_tool("keep_relations", {"relations": [[member.name, "knows", thing] for thing in things]}, "call_2")
    prompt = [system(f"{head} relations between these entities from the text: {things}."), user(text)]
    yield run.call("extract_relations", prompt, answer, tools=[_RELATIONS])
