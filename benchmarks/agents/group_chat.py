"""Agents that talk in one room (the family of AutoGen's group chat).

Hard because everybody's call holds the same conversation, told apart by a paragraph "You are ..." in the middle of the
system prompt, between the rules of the room and its present members; speakers are told by the ``name`` of a message,
while the role is "user" for all but the one who is asked; the conversation's last message is no instruction at all.
Choosing the next speaker is a call of its own, with the same conversation. Teams differ in members and their order.
"""

from collections.abc import Iterator

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import Labelled, Run, assistant, bullets, runs, system, user
from slm_instrument.records import Message

_MEMBERS = {
    "Planner": "split the request into steps, hand them to the others, and change the plan when a step fails",
    "Coder": "write Python scripts in one block that run as they are, and correct them when they fail",
    "Critic": "score plans and scripts from 1 to 10 for correctness, clarity and goal, each with a reason",
    "Researcher": "look facts up and report them with their sources; you write no scripts",
    "Writer": "turn results into a text for people who were not in the room",
    "Tester": "try scripts with odd input and report what broke",
}
_RULES = (
    "Everybody in this room works on one request of a customer. Speak only when it is your turn, build on what was "
    "said, do not thank or greet, and write TERMINATE when nothing is left to do. Nobody outside hears you until then."
)


def calls(seed: int = 0, traces: int = 70) -> Iterator[Labelled]:
    for run in runs("group_chat", seed, traces, model="gpt-4-0613"):
        dice = run.dice
        members = ["Planner", *writing.some(dice, [name for name in _MEMBERS if name != "Planner"], 2, 5)]
        about = writing.topic(dice)
        request = f"{writing.question(dice, about)} Please work it out for {writing.company(dice)}."
        spoken = [("Admin", request)]
        for _ in range(dice.randint(4, 13)):
            speaker = dice.choice(members)
            if dice.random() < 0.8:
                yield _choose(run, members, spoken, speaker)
            yield _speak(run, members, spoken, speaker)
        if dice.random() < 0.25:
            text = "\n".join(f"{name}: {said}" for name, said in spoken)
            prompt = f"{text}\n\nWhat came out of the conversation? Leave out who said what."
            yield run.call("summarise_chat", [user(prompt)], writing.sentence(dice, about))
        if dice.random() < 0.3:
            yield run.one_off()


def _choose(run: Run, members: list[str], spoken: list[tuple[str, str]], speaker: str) -> Labelled:
    roles = bullets([f"{name}: {_MEMBERS[name]}." for name in members], "")
    prompt = system(f"{_RULES}\nThese people are here:\n{roles}\nRead the conversation and choose who speaks next.")
    last = system(f"Who of {members} should speak next? Answer with the name alone.")
    heard = [user(said, name) for name, said in spoken]
    return run.call("choose_speaker", [prompt, *heard, last], speaker, agent="chat_manager")


def _speak(run: Run, members: list[str], spoken: list[tuple[str, str]], speaker: str) -> Labelled:
    here = ", ".join(name for name in run.dice.sample(members, len(members)) if name != speaker)
    prompt = (
        f"{_RULES}\nYou are {speaker}. Your part is to {_MEMBERS[speaker]}.\nAlso here: {here}. Today is {run.today}."
    )
    heard: list[Message] = [assistant(said, name) if name == speaker else user(said, name) for name, said in spoken]
    said = _says(run, speaker)
    spoken.append((speaker, said))
    return run.call(f"speak_as_{speaker.lower()}", [system(prompt), *heard], said, agent="group_chat")


def _says(run: Run, speaker: str) -> str:
    dice = run.dice
    if speaker == "Coder":
        return f"```python\n{coding.function(dice)}\n```"
    if speaker == "Tester":
        return coding.traceback(dice)
    if speaker == "Critic":
        return f"correctness {dice.randint(1, 10)}, clarity {dice.randint(1, 10)}, goal {dice.randint(1, 10)}"
    return writing.paragraph(dice, words.TOPICS[dice.randint(0, 11)], 1, 5)
