"""Texts rewritten by a content service: summaries, translations, headlines.

Hard because nothing but four to eight words, before or after an article of up to eight kilobytes, says what is wanted;
there is no system prompt and no agent. The same request comes in four languages and in several wordings, which are no
tasks of their own; the language to translate into is a slot. Articles repeat in a run; one call in twenty is a one-off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, bullets, runs, user


@dataclass(frozen=True, slots=True)
class _Ask:
    """A task and the ways it is asked for; ``{}`` stands for the text."""

    task: str
    ways: tuple[str, ...]
    often: float


_ASKS = (
    _Ask(
        "summarise",
        (
            "Summarize the following text:\n\n{}",
            "{}\n\nTL;DR in three sentences:",
            "Fasse den folgenden Text zusammen:\n\n{}",
            "Résume le texte suivant :\n\n{}",
            "Resume el siguiente texto:\n\n{}",
        ),
        0.9,
    ),
    _Ask("translate", ("Translate into {language}:\n\n{}", "Please translate the text below to {language}.\n{}"), 1.2),
    _Ask(
        "headline",
        (
            "{}\n\nWrite a headline for this article.",
            "{}\n\nSchreibe eine Überschrift für diesen Artikel.",
            "{}\n\nÉcris un titre pour cet article.",
        ),
        0.8,
    ),
    _Ask("keywords", ("Five keywords for this article:\n{}", "{}\n\nKeywords (comma separated):"), 0.5),
    _Ask("simplify", ("Rewrite this for a ten-year-old:\n\n{}",), 0.3),
    _Ask("proofread", ("Correct spelling and grammar, change nothing else:\n\n{}",), 0.4),
    _Ask("facts", ("{}\n\nList the facts stated above.", "List the facts stated in this text.\n\n{}"), 0.3),
    _Ask("mood", ("Positive, negative or neutral?\n\n{}",), 0.5),
    _Ask("post", ("Write a post for {network} about this article.\n\n{}",), 0.25),
    _Ask("section", ("Which section does this belong to: {sections}?\n\n{}",), 0.5),
    _Ask("quotes", ("{}\n\nCopy all quotations with their speakers.",), 0.06),
)
_SECTIONS = ("politics", "business", "culture", "sport", "science", "local", "travel")
_NETWORKS = ("LinkedIn", "Mastodon", "Instagram", "Facebook")


def calls(seed: int = 0, traces: int = 130) -> Iterator[Labelled]:
    for run in runs("newsroom", seed, traces, model="mistral-large"):
        dice = run.dice
        about = writing.topic(dice)
        chunks = [writing.document(dice, about, dice.randint(500, 3_000)) for _ in range(dice.randint(1, 4))]
        article = f"{writing.title(dice, about)}\n\n" + "\n\n".join(chunks)
        for ask in _ASKS:
            if dice.random() < ask.often:
                text = dice.choice(chunks) if ask.task in ("translate", "proofread") else article
                yield run.call(ask.task, [user(_asked(dice, ask, text))], _answer(dice, ask.task, text))
        if len(chunks) > 2:
            yield from _in_parts(run, chunks)
        if dice.random() < 0.35:
            yield run.one_off()


def _asked(dice: Random, ask: _Ask, text: str) -> str:
    # The first wording is the usual one.
    way = ask.ways[0] if dice.random() < 0.5 else dice.choice(ask.ways)
    language, network = dice.choice(words.LANGUAGES), dice.choice(_NETWORKS)
    sections = ", ".join(writing.some(dice, _SECTIONS, 4, 7))
    return way.format(text, language=language, network=network, sections=sections)


def _answer(dice: Random, task: str, text: str) -> str:
    about = writing.topic(dice)
    if task in ("translate", "proofread", "simplify"):
        return text
    if task == "mood":
        return writing.decided(text, ("Positive", "Negative", "Neutral"))
    if task == "section":
        return writing.decided(text, _SECTIONS)
    if task == "keywords":
        return ", ".join(dice.sample(about.nouns, 5))
    return bullets([writing.words_of(text, 12)] * 3) if task in ("facts", "quotes") else writing.words_of(text, 40)


def _in_parts(run: Run, chunks: list[str]) -> Iterator[Labelled]:
    """A long article: every part is summed up, then the summaries are made one."""
    parts: list[str] = []
    for chunk in chunks:
        parts.append(writing.words_of(chunk, 30))
        yield run.call(
            "summarise_part", [user(f'Write a concise summary of this part:\n\n"{chunk}"\n\nSUMMARY:')], parts[-1]
        )
    prompt = "Combine these summaries into one:\n\n{}\n\nSUMMARY:".format("\n".join(parts))
    yield run.call("combine_summaries", [user(prompt)], " ".join(parts)[:300])
