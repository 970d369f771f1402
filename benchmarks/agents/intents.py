"""The language understanding of a telephone bank: what a caller wants, and the values in what is said.

Few tasks with many prompts: the classes are listed in a random order, their number grew from 22 to 30, two wordings
were tried side by side, examples are drawn for every call, and the whole prompt comes in three languages. Finding
values and confirming have prompts that begin with the same words. Correcting what was misheard is rare.
"""

from collections.abc import Iterator, Sequence
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, bullets, runs, system, user

_INTENTS = tuple(
    f"{verb}_{noun}"
    for noun in ("card", "account", "loan", "transfer", "address", "statement")
    for verb in ("open", "close", "block", "change", "ask_about")
)
_OLD = 22
_BANK = {
    "en": "You listen to callers of {bank} and name the intent of what is said, so that they are put through to the "
    "right person at once. Callers mumble, and the recogniser makes mistakes. Intents:\n{intents}\n"
    "Answer with one intent.",
    "de": "Du hörst Anrufern von {bank} zu und nennst die Absicht des Gesagten, damit sie gleich zur richtigen Stelle "
    "kommen. Anrufer murmeln, und die Erkennung macht Fehler. Absichten:\n{intents}\nAntworte mit einer Absicht.",
    "fr": "Tu écoutes les appels de {bank} et tu donnes l'intention de la phrase, pour que chacun soit dirigé vers "
    "la bonne personne. Les gens marmonnent et la reconnaissance se trompe. Intentions :\n{intents}\n"
    "Réponds par une intention.",
}
_SHORT = (
    "Classify the utterance of a customer of {bank}, as it came from the recogniser, into one of the classes below. "
    "If in doubt take the first that fits. The examples are the most similar ones that people have checked; imitate "
    "them.\n"
    "{examples}\nClasses: {intents}."
)
_SPOKEN = {
    "en": ("uh i need to {verb} my {noun}", "my {noun}? {verb} it please", "what about the {noun}, can I {verb} that"),
    "de": ("ich möchte meine {noun} {verb}", "ähm {verb}, auf dem {noun}, stimmt das", "{noun} bitte, {verb}"),
    "fr": ("je veux {verb} mon {noun}", "{verb} sur le {noun}, c'est normal", "euh {noun}, {verb}, merci"),
}
_BANKS = ("Halcyon Bank", "Meridian Bank")


def calls(seed: int = 0, traces: int = 330) -> Iterator[Labelled]:
    for run in runs("intents", seed, traces, model="gpt-4.1-mini"):
        dice = run.dice
        language, bank = dice.choice(("en", "en", "de", "fr")), dice.choice(_BANKS)
        known = _INTENTS[:_OLD] if run.share < 0.5 else _INTENTS
        for _ in range(dice.randint(1, 4)):
            intent = dice.choice(known)
            said = _said(dice, language, intent)
            told = system(_classifier(dice, language, bank, known))
            yield run.call("find_intent", [told, user(said)], intent)
            if dice.random() < 0.5:
                yield _values(run, bank, said)
        said = _said(dice, language, dice.choice(known))
        if dice.random() < 0.3:
            prompt = (
                f"You listen to callers of {bank}. Did the caller agree to what was read out? Answer yes, no or "
                "unclear."
            )
            yield run.call("confirm", [system(prompt), user(said)], writing.decided(said, ("yes", "no", "unclear")))
        if dice.random() < 0.04:
            prompt = f"You listen to callers of {bank}. The recogniser misheard. Write what was probably said."
            yield run.call("correct_hearing", [system(prompt), user(said)], said.upper())
        if dice.random() < 0.08:
            yield run.one_off()


def _said(dice: Random, language: str, intent: str) -> str:
    verb, noun = intent.rsplit("_", 1)
    said = dice.choice(_SPOKEN[language]).format(verb=verb, noun=noun)
    about = words.TOPICS[0]
    more = writing.question(dice, about).lower() if language == "en" else writing.foreign(dice, language, 1, 1).lower()
    return " ".join(writing.some(dice, (said, more), 2, 2)) if dice.random() < 0.7 else f"{said} {writing.money(dice)}"


def _classifier(dice: Random, language: str, bank: str, known: Sequence[str]) -> str:
    intents = dice.sample(known, len(known))
    if dice.random() < 0.35:
        alike = ((intent, _said(dice, language, intent)) for intent in intents[: dice.randint(3, 8)])
        examples = bullets([f"{said} -> {intent}" for intent, said in alike], "")
        return _SHORT.format(bank=bank, intents=", ".join(intents), examples=examples)
    return _BANK[language].format(bank=bank, intents=bullets(intents))


def _values(run: Run, bank: str, said: str) -> Labelled:
    told = (
        f"You listen to callers of {bank}. Name the values in what is said, as JSON with amount, city and product, "
        "null for what is not said."
    )
    answer = as_json({"amount": writing.money(run.dice), "city": None, "product": run.dice.choice(words.PRODUCTS)})
    return run.call("find_values", [system(told), user(said)], answer, response_format={"type": "json_object"})
