"""Content as people and programs write it: names, prose, questions, code, drawn from a seeded generator.

Sentences come from a small grammar over the words of a topic, so that two texts hardly ever share one.
"""

from collections.abc import Sequence
from random import Random
from typing import TypeVar
from zlib import crc32

from benchmarks.agents import phrases, words
from benchmarks.agents.words import Topic

T = TypeVar("T")


def topic(dice: Random) -> Topic:
    return dice.choice(words.TOPICS)


def some(dice: Random, items: Sequence[T], low: int, high: int) -> list[T]:
    """From low to high of the items, in an order of their own."""
    return dice.sample(items, min(len(items), dice.randint(low, high)))


def person(dice: Random) -> str:
    return f"{dice.choice(words.FIRST_NAMES)} {dice.choice(words.LAST_NAMES)}"


def company(dice: Random) -> str:
    return f"{dice.choice(words.COMPANY_STEMS)} {dice.choice(words.COMPANY_KINDS)}"


def city(dice: Random) -> str:
    return dice.choice(words.CITIES)


def product(dice: Random) -> str:
    return f"{dice.choice(words.QUALITIES)} {dice.choice(words.PRODUCTS)}"


def email(name: str, at: str) -> str:
    return f"{name.lower().replace(' ', '.')}@{at.lower().replace(' ', '-')}.example"


def money(dice: Random) -> str:
    return f"{dice.choice(('$', 'EUR ', '£'))}{dice.randint(5, 9_999):,}.{dice.randint(0, 99):02}"


def day(dice: Random) -> str:
    return f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"


def code_of(dice: Random, prefix: str, digits: int = 6) -> str:
    """An identifier such as ``ORD-204817``."""
    return f"{prefix}-{dice.randint(10 ** (digits - 1), 10**digits - 1)}"


def url(dice: Random) -> str:
    host = f"{dice.choice(words.COMPANY_STEMS)}-{dice.choice(words.COMPANY_KINDS)}".lower()
    return f"https://www.{host}.example/{dice.choice(words.CODE_NOUNS)}/{dice.randint(1, 99_999)}"


def thing(dice: Random, about: Topic) -> str:
    """A noun phrase without an article."""
    noun = dice.choice(about.nouns)
    return f"{dice.choice(about.adjectives)} {noun}" if dice.random() < 0.5 else noun


def sentence(dice: Random, about: Topic) -> str:
    subject = dice.choice((dice.choice(about.actors), f"the {thing(dice, about)}", person(dice), company(dice)))
    article = dice.choice(("the", "a", "every", "another", "their", "one"))
    parts = [f"{subject} {dice.choice(about.verbs)} {article} {thing(dice, about)}"]
    link = dice.choice(phrases.LINKS)
    if dice.random() < 0.45:
        opener = _filled(dice, about, dice.choice(phrases.OPENERS))
        parts.insert(0, f"{opener[0].lower() if link else opener[0]}{opener[1:]},")
    for _ in range(dice.choice((0, 1, 1, 2))):
        parts.append(_filled(dice, about, dice.choice(phrases.TAILS)))
    text = link + " ".join(parts)
    return text[0].upper() + text[1:] + "."


def paragraph(dice: Random, about: Topic, low: int = 3, high: int = 7) -> str:
    return " ".join(sentence(dice, about) for _ in range(dice.randint(low, high)))


def document(dice: Random, about: Topic, chars: int) -> str:
    """Paragraphs of about so many characters, now and then with headings or a list."""
    blocks: list[str] = []
    while sum(map(len, blocks)) < chars:
        shape = dice.random()
        if shape < 0.1:
            blocks.append("\n".join(f"- {sentence(dice, about)}" for _ in range(dice.randint(2, 6))))
        elif shape < 0.2:
            blocks.append(f"## {title(dice, about)}")
        blocks.append(paragraph(dice, about))
    return "\n\n".join(blocks)


def title(dice: Random, about: Topic) -> str:
    shapes = ("{a} and the {b}", "How {actor} {verb} the {a}", "{a}: what {company} knows", "The {a} of {city}", "{a}")
    filled = dice.choice(shapes).format(
        a=thing(dice, about),
        b=thing(dice, about),
        actor=dice.choice(about.actors),
        verb=dice.choice(about.verbs),
        company=company(dice),
        city=city(dice),
    )
    return filled[0].upper() + filled[1:]


def question(dice: Random, about: Topic) -> str:
    parts = (dice.choice(phrases.ASKING), dice.choice(phrases.QUESTIONS), dice.choice(phrases.ASKED))
    return _filled(dice, about, "".join(parts))


def foreign(dice: Random, language: str, low: int = 1, high: int = 3) -> str:
    """Sentences in German, French, Spanish or Polish (``de``, ``fr``, ``es``, ``pl``)."""
    said: list[str] = []
    for _ in range(dice.randint(low, high)):
        shape = " ".join(dice.choice(part) for part in phrases.FOREIGN[language])
        text = shape.format(
            person=person(dice),
            company=company(dice),
            product=product(dice),
            city=city(dice),
            money=money(dice),
            number=dice.randint(2, 90),
        )
        said.append(text[0].upper() + text[1:] + dice.choice(".?!"))
    return " ".join(said)


def decided(text: str, options: Sequence[T]) -> T:
    """The same option for the same text: a decision that depends on what was read."""
    return options[crc32(text.encode()) % len(options)]


def words_of(text: str, count: int) -> str:
    """The first words of a text, as a crude summary of it."""
    return " ".join(text.split()[:count]).rstrip(".,;:") + "."


def _filled(dice: Random, about: Topic, shape: str) -> str:
    return shape.format(
        a=thing(dice, about),
        b=thing(dice, about),
        noun=dice.choice(about.nouns),
        verb=dice.choice(about.verbs),
        adjective=dice.choice(about.adjectives),
        actor=dice.choice(about.actors),
        person=person(dice),
        company=company(dice),
        city=city(dice),
        money=money(dice),
        number=dice.randint(2, 90),
        year=dice.randint(1990, 2030),
        month=dice.choice(words.MONTHS),
        weekday=dice.choice(words.WEEKDAYS),
        ordinal=dice.choice(words.ORDINALS),
    )
