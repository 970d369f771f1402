"""Texts for the shops of many brands, each with a style guide of its own.

Hard because the system prompt is the brand's style guide and nothing else: wholly different words for every brand, the
same for every task; what is wanted is a line before or after the product's data, which come as JSON, as a table or as
what a supplier wrote, and repeat in a run. The agent in the log is named after the brand. Guides are revised. Texts
that were refused come back with a remark, which is the same task. Answers to reviews are few, recalls rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from benchmarks.agents.words import split
from slm_instrument.records import Message

_FOOD = words.TOPICS[7]
_VOICES = split("dry, playful, expert, motherly, laconic, luxurious, outdoorsy, technical, poetic, plain", ",")
_AVOID = split("cheap, revolutionary, must-have, guys, luxury, best, unique, eco, passion, curated, hack, vibes", ",")
_RULES = (
    "Sizes come in centimetres, inches in brackets.",
    "Never compare with other makers.",
    "The reader is addressed as you, the house as we.",
    "No exclamation marks and no emoji.",
    "Claims about health are forbidden, even hidden ones.",
    "Begin with what the thing does, not with what it is.",
    "Numbers up to twelve are written out.",
    "Colours have the names of our palette.",
    "British spelling.",
    "Use one adjective per noun at the most.",
)
_JOBS = (
    (
        "title_listing",
        "Title for this product, at most {n} characters, the most searched word first.",
        0.8,
    ),
    ("bullet_listing", "Five bullet points for the product page. Each begins with two words in capitals.", 0.8),
    ("describe_listing", "Write the description. {n} to 200 words, two paragraphs, no headings.", 0.7),
    ("keyword_listing", "Search terms that are not in the title, separated by commas, at most 250 bytes.", 0.5),
    ("advert_listing", "An advertisement of three lines, 30 characters each.", 0.25),
)
_TYPED = split("material weight size care warranty origin battery capacity")


@dataclass(frozen=True, slots=True)
class _Brand:
    name: str
    guides: tuple[str, str]  # before and after the revision


def calls(seed: int = 0, traces: int = 170) -> Iterator[Labelled]:
    brands = [_brand(Random(f"listings/{seed}/{number}")) for number in range(11)]
    for run in runs("listings", seed, traces, model="gpt-4o"):
        brand = run.dice.choice(brands)
        guide = system(brand.guides[run.share > 0.5])
        product, data = _product(run.dice)
        for task, wanted, often in _JOBS:
            if run.dice.random() < often:
                yield from _written(run, brand, guide, task, wanted, data)
        yield from _beside(run, brand, guide, product)
        if run.dice.random() < 0.2:
            yield run.one_off()


def _brand(dice: Random) -> _Brand:
    name = writing.company(dice)
    voice = f"{name} sounds {dice.choice(_VOICES)} and {dice.choice(_VOICES)}."
    story = writing.document(dice, writing.topic(dice), dice.randint(200, 1_200))
    rules = writing.some(dice, _RULES, 3, 8)
    avoid = f"Words we do not use: {', '.join(writing.some(dice, _AVOID, 3, 8))}."
    head = dice.choice((f"# Style guide of {name}", f"{name.upper()} / TONE OF VOICE", f"How we write at {name}"))
    first = f"{head}\n\n{voice} {story}\n\n{bullets(rules)}\n{avoid}"
    revised = f"{head} (revised)\n\n{avoid}\n{bullets([*rules[1:], dice.choice(_RULES)])}\n\n{voice} {story}"
    return _Brand(name, (first, revised))


def _product(dice: Random) -> tuple[str, str]:
    """Name and data of a product, in one of the forms in which suppliers send them."""
    name, number = writing.product(dice), writing.code_of(dice, "SKU")
    about = writing.topic(dice)
    facts = {key: writing.thing(dice, about) for key in writing.some(dice, _TYPED, 2, 7)}
    shape = dice.random()
    if shape < 0.4:
        return name, as_json({"sku": number, "name": name, **facts, "price": writing.money(dice)})
    if shape < 0.75:
        rows = "\n".join(f"{key}\t{value}" for key, value in facts.items())
        return name, f"{name} ({number})\n{rows}"
    return name, f"{name}, {number}. {writing.paragraph(dice, about)}"


def _written(run: Run, brand: _Brand, guide: Message, task: str, wanted: str, data: str) -> Iterator[Labelled]:
    dice = run.dice
    wanted = wanted.format(n=dice.choice((60, 80, 120, 150)))
    prompt = f"{wanted}\n\n{data}" if dice.random() < 0.6 else f"{data}\n\n{wanted}"
    text = _text(dice, task)
    messages = [guide, user(prompt)]
    yield run.call(task, messages, text, agent=brand.name)
    if dice.random() < 0.15:
        remark = dice.choice(
            (
                f'Refused: "{dice.choice(_AVOID)}" is on the list. Again.',
                f"Too long by {dice.randint(2, 90)} characters.",
                f"{writing.person(dice)} says: {writing.sentence(dice, writing.topic(dice))}",
            )
        )
        messages += [assistant(text), user(remark)]
        yield run.call(task, messages, _text(dice, task), agent=brand.name)


def _text(dice: Random, task: str) -> str:
    about = writing.topic(dice)
    if task == "title_listing":
        return writing.title(dice, about)
    if task == "keyword_listing":
        return ", ".join(writing.some(dice, about.nouns, 5, 12))
    if task == "bullet_listing":
        return bullets([f"{writing.thing(dice, about).upper()}: {writing.sentence(dice, about)}" for _ in range(5)])
    return writing.paragraph(dice, about, 1, 3)


def _beside(run: Run, brand: _Brand, guide: Message, product: str) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    text = writing.paragraph(dice, about)
    if dice.random() < 0.6:
        broken = as_json(writing.some(dice, _RULES, 0, 2))
        told = "Does the text keep to the guide? Answer with the rules it breaks as a JSON list, [] if none."
        yield run.call("check_style", [guide, user(f"{told}\n---\n{text}")], broken, agent=brand.name)
    if dice.random() < 0.4:
        language = dice.choice(words.LANGUAGES)
        told = f"Put this into {language} as we would have written it there: {text}"
        yield run.call("localise_text", [guide, user(told)], writing.foreign(dice, "fr"), agent=brand.name)
    if dice.random() < 0.3:
        picture = {"type": "image_url", "image_url": {"url": f"https://{dice.getrandbits(60):x}.example/p.jpg"}}
        told = f"What the picture of the {product} shows, for people who cannot see it. One sentence."
        looked = Message("user", [{"type": "text", "text": told}, picture])
        yield run.call("caption_image", [guide, looked], writing.sentence(dice, about), agent=brand.name)
    if dice.random() < 0.12:
        review = f"{dice.randint(1, 5)} stars by {writing.person(dice)}: {writing.paragraph(dice, about)}"
        told = (
            f"A customer reviewed the {product}. Answer in our name, below {dice.choice((60, 90))} words.\n\n{review}"
        )
        yield run.call("answer_review", [guide, user(told)], writing.paragraph(dice, about, 2, 3), agent=brand.name)
    if dice.random() < 0.05:
        told = f"We call the {product} back because {writing.sentence(dice, _FOOD)} Write the notice for the door."
        yield run.call("recall_notice", [guide, user(told)], text, agent=brand.name)
