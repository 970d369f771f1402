"""Texts annotated in batches after schemes that annotators wrote.

Hard because all schemes share the frame (role, rules of annotation, form of the answer) and each has a part of its own
in the middle; examples come as <example> blocks in one half of the time and as turns of user and assistant in the
other, drawn anew from a pool, from none to ten of them; a batch holds one to twelve texts; two schemes have the same
labels. A guideline was clarified. Where two models disagree a third call decides. Writing guidelines is rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, as_json, runs, system, user
from benchmarks.agents.words import split
from benchmarks.agents_held_out.layout import shuffled, tagged, turns


@dataclass(frozen=True, slots=True)
class _Scheme:
    task: str
    name: str
    guideline: str
    labels: tuple[str, ...]
    weight: int
    clarified: str = ""

    def told(self, share: float) -> str:
        more = f" {self.clarified}" if share > 0.4 else ""
        return tagged("guideline", f"{self.guideline}{more}", name=self.name)


_SCHEMES = (
    _Scheme(
        "label_sentiment",
        "SENT-2",
        "Mark how the author feels about what the text is mainly about. Facts without any feeling are neutral.",
        split("positive negative neutral mixed"),
        5,
        "Irony counts as what is meant.",
    ),
    _Scheme(
        "label_stance",
        "STANCE",
        "Mark what the author thinks of the measure that the text names. Feelings about people do not matter.",
        split("positive negative neutral mixed"),
        3,
    ),
    _Scheme(
        "label_subject",
        "SUBJ-14",
        "Mark what a librarian would file the text under.",
        split("finance health software travel logistics law education food sport climate city"),
        4,
    ),
    _Scheme(
        "label_checkworthy",
        "CW",
        "Mark whether a fact checker should look at the text: it holds a claim that can be wrong and would matter.",
        split("check skip"),
        3,
        "Forecasts are not to be checked.",
    ),
    _Scheme(
        "label_urgency",
        "URG",
        "Mark how soon somebody has to act on the text.",
        split("now today week never"),
        1,
    ),
)
_RULES = (
    "Label what is written and not what you suppose.",
    "When in doubt take the label that comes first in the list.",
    "Every text gets one label.",
    "Do not explain.",
    "Texts are independent of each other.",
)


def calls(seed: int = 0, traces: int = 150) -> Iterator[Labelled]:
    for run in runs("labelling", seed, traces, model="gpt-4o-mini-2024-07-18"):
        dice = run.dice
        (scheme,) = dice.choices(_SCHEMES, [scheme.weight for scheme in _SCHEMES])
        for _ in range(dice.randint(1, 5)):
            batch = [_text(dice) for _ in range(dice.choice((1, 1, 5, 8, 12)))]
            yield _labelled(run, scheme, batch)
            if dice.random() < 0.3:
                yield _spans(run, batch)
            if dice.random() < 0.35:
                yield _adjudicated(run, scheme, dice.choice(batch))
        if dice.random() < 0.08:
            text = "\n".join(f"{scheme.name}: {_text(dice)}" for _ in range(dice.randint(3, 9)))
            prompt = f"Annotators disagreed about these texts. Propose one sentence for the guideline.\n{text}"
            yield run.call("write_guideline", [user(prompt)], writing.sentence(dice, writing.topic(dice)))
        if dice.random() < 0.12:
            yield run.one_off()


def _text(dice: Random) -> str:
    about = writing.topic(dice)
    if dice.random() < 0.1:
        return writing.foreign(dice, dice.choice(("de", "fr", "es")))
    return dice.choice((writing.sentence, writing.question, writing.title, writing.paragraph))(dice, about)


def _labelled(run: Run, scheme: _Scheme, batch: list[str]) -> Labelled:
    dice = run.dice
    examples = [(_text(dice), dice.choice(scheme.labels)) for _ in range(dice.choice((0, 2, 4, 6, 10)))]
    told = [
        "You annotate texts for a data set. Work like a careful person who has read the guideline twice.",
        "\n".join(writing.some(dice, _RULES, 3, 5)),
        scheme.told(run.share),
        f"Labels: {', '.join(shuffled(dice, scheme.labels))}",
        'Answer with a JSON object from the number of the text to its label, such as {"1": "..."}.',
    ]
    given = "\n".join(tagged("text", text, n=at) for at, text in enumerate(batch, 1))
    if run.share < 0.5:
        blocks = (f"<example>\n{tagged('text', text)}\nlabel: {label}\n</example>" for text, label in examples)
        messages = [system("\n\n".join(told)), user("\n".join([*blocks, given]))]
    else:
        shown = turns((tagged("text", text, n=1), as_json({"1": label})) for text, label in examples)
        messages = [system("\n\n".join(told)), *shown, user(given)]
    answer = as_json({str(at): writing.decided(text, scheme.labels) for at, text in enumerate(batch, 1)})
    return run.call(scheme.task, messages, answer, agent="annotator")


def _spans(run: Run, batch: list[str]) -> Labelled:
    kinds = shuffled(run.dice, ("person", "company", "place", "amount", "date"))
    told = [
        "You annotate texts for a data set. Work like a careful person who has read the guideline twice.",
        tagged("guideline", f"Mark names in the text. Kinds: {', '.join(kinds)}. Take the longest span.", name="NER-5"),
        "Answer with the text in which every span stands in a tag of its kind.",
    ]
    given = "\n".join(tagged("text", text, n=at) for at, text in enumerate(batch, 1))
    answer = "\n".join(f"<place>{text.split()[0]}</place> {text}" for text in batch)
    return run.call("mark_names", [system("\n\n".join(told)), user(given)], answer, agent="annotator")


def _adjudicated(run: Run, scheme: _Scheme, text: str) -> Labelled:
    dice = run.dice
    one, other = dice.sample(scheme.labels, 2)
    told = (
        "Two annotators gave different labels. Decide between them by the guideline. You may not choose a third label. "
        "Give one sentence of reason, then the label on a line of its own."
    )
    votes = f"<annotator id='A'>{one}</annotator>\n<annotator id='B'>{other}</annotator>"
    given = "\n".join([scheme.told(run.share), tagged("text", text), votes])
    answer = f"{writing.sentence(dice, writing.topic(dice))}\n{one}"
    return run.call("settle_dispute", [system(told), user(given)], answer, agent="annotator", model="gpt-4o")
