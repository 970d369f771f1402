"""Questions about documents: rewriting, retrieval, ranking, answering (the family of LlamaIndex's pipelines).

Hard because nearly everything is one user message without a system prompt, most of it the retrieved text, which
repeats in the calls of one run; the instruction stands before, after, or on both sides of it. Two tasks were reworded
during the time of the log and their instructions moved into a system prompt, the number of passages varies, and the two
ways of answering (first passage, then refining) share nearly all their words. One task is rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, bullets, runs, system, user
from slm_instrument.records import Message

_RULE = "-" * 21


@dataclass(frozen=True, slots=True)
class _Search:
    """One question and what was found for it."""

    question: str
    history: str
    passages: list[str]
    answer: str


def calls(seed: int = 0, traces: int = 120) -> Iterator[Labelled]:
    for run in runs("rag", seed, traces, model="gpt-4o-mini"):
        search = _search(run)
        if run.dice.random() < 0.3:
            yield from _index(run, search)
        yield from _retrieve(run, search)
        yield from _answer(run, search)
        if run.dice.random() < 0.25:
            yield run.one_off()


def _search(run: Run) -> _Search:
    dice = run.dice
    about = writing.topic(dice)
    history = "\n".join(
        f"{('user', 'assistant')[at % 2]}: {(writing.question, writing.paragraph)[at % 2](dice, about)}"
        for at in range(2 * dice.randint(1, 4))
    )
    passages = [writing.document(dice, about, dice.randint(500, 1_800)) for _ in range(dice.randint(2, 6))]
    return _Search(writing.question(dice, about), history, passages, writing.paragraph(dice, about, 1, 4))


def _index(run: Run, search: _Search) -> Iterator[Labelled]:
    """Titles, keywords and questions of every passage, before anybody asks."""
    dice = run.dice
    about = writing.topic(dice)
    for passage in search.passages:
        prompt = f"Text: {passage}\nWhich title would cover all that this text is about? Title: "
        yield run.call("title_passage", [user(prompt)], writing.title(dice, about))
        count = dice.choice((3, 5, 10))
        prompt = f"{passage}\n\n{count} keywords of the document above, separated by commas: "
        yield run.call("keywords_of_passage", [user(prompt)], ", ".join(dice.sample(about.nouns, min(count, 8))))
        prompt = (
            f"Read this excerpt:\n{passage}\n\nThink of {count} questions that the excerpt answers and that hardly any "
            "other text would answer. Summaries of the neighbouring text may help.\n\nQuestions:\n"
        )
        yield run.call("questions_for_passage", [user(prompt)], bullets([writing.question(dice, about)] * 3, "{n}. "))


def _retrieve(run: Run, search: _Search) -> Iterator[Labelled]:
    dice = run.dice
    yield run.call("condense_question", _condense(run, search), search.question)
    if dice.random() < 0.5:
        count = dice.randint(2, 5)
        prompt = (
            "You help people to search. Write several search queries that mean what the input query means, one on each "
            f"line; write {count} of them.\nQuery: {search.question}\nQueries:\n"
        )
        yield run.call("fan_out_queries", [user(prompt)], "\n".join([search.question] * count))
    if dice.random() < 0.35:
        prompt = f"Invent a passage, rich in details, that would answer this question.\n\n{search.question}\n\nPassage:"
        yield run.call("hypothetical_passage", [user(prompt)], writing.paragraph(dice, writing.topic(dice)))
    if dice.random() < 0.07:
        choices = bullets([writing.title(dice, writing.topic(dice)) for _ in range(dice.randint(2, 5))], "({n}) ")
        prompt = (
            f"These indexes exist:\n{_RULE}\n{choices}\n{_RULE}\nWhich one of them should be searched to find out "
            f"'{search.question}'?\n"
            'The output is JSON: [{"choice": 1, "reason": "..."}]'
        )
        yield run.call("choose_index", [user(prompt)], as_json([{"choice": 1, "reason": search.answer}]))
    yield run.call("rank_passages", [user(_rank(run, search))], "Doc: 2, Relevance: 8\nDoc: 1, Relevance: 3")


def _condense(run: Run, search: _Search) -> list[Message]:
    if run.share < 0.4:
        prompt = (
            "Given a conversation between a human and an assistant and a follow-up message of the human, rewrite the "
            "message as a question of its own that holds all the relevant context.\n\n<Chat History>\n"
            f"{search.history}\n\n<Follow Up Message>\n{search.question}\n\n<Question>\n"
        )
        return [user(prompt)]
    told = (
        "Rephrase the last message so that somebody who has not read the chat understands it. Keep names and numbers; "
        f"answer in the language of the user. Today is {run.today}."
    )
    return [system(told), user(f"Chat:\n{search.history}\n\nLast message: {search.question}\n\nRephrased:")]


def _rank(run: Run, search: _Search) -> str:
    listed = "\n\n".join(f"Document {at}:\n{text}" for at, text in enumerate(search.passages, 1))
    return (
        "A list of documents is shown below. Each has a number. A question is given as well.\nAnswer with the numbers "
        "of the documents that should be read to answer it, by relevance, each with a score from 1 to 10. Leave out "
        f"what is not relevant.\nForm:\nDoc: 9, Relevance: 7\n\n{listed}\n\nQuestion: {search.question}\nAnswer:\n"
    )


def _answer(run: Run, search: _Search) -> Iterator[Labelled]:
    dice = run.dice
    yield run.call("answer", _qa(run, search), search.answer)
    for passage in search.passages[1 : dice.randint(1, 4)]:
        prompt = (
            f"Query: {search.question}\nAnswer so far: {search.answer}\nMore context was found.\n{_RULE}\n{passage}\n"
            f"{_RULE}\nUsing this context and no prior knowledge, improve the answer to the query where the context "
            "helps. Otherwise repeat the answer so far.\nAnswer: "
        )
        yield run.call("refine_answer", [user(prompt)], search.answer)
    if dice.random() < 0.4:
        text = "\n\n".join(search.passages[:2])
        prompt = f"Sum up what follows and add nothing of your own.\n\n{text}\n\nSUMMARY:"
        yield run.call("summarise_tree", [user(prompt)], writing.words_of(text, 40))
    if dice.random() < 0.6:
        prompt = (
            f"{search.question}\n{search.answer}\n\nSuggest {dice.choice(('three', 'two', '3'))} follow-up questions."
        )
        yield run.call("suggest_follow_ups", [user(prompt)], writing.question(dice, words.TOPICS[0]))


def _qa(run: Run, search: _Search) -> list[Message]:
    if run.share < 0.5:
        text = "\n\n".join(search.passages[: run.dice.randint(1, 3)])
        prompt = (
            f"This context was found.\n{_RULE}\n{text}\n{_RULE}\nUsing the context and no prior knowledge, answer the "
            f"query.\nQuery: {search.question}\nAnswer: "
        )
        return [user(prompt)]
    told = (
        "Answer the query from the numbered sources alone and cite them like [1]; every answer has at least one "
        "citation. If no source helps, say so."
    )
    sources = "\n\n".join(f"Source {at}:\n{text}" for at, text in enumerate(search.passages, 1))
    return [system(told), user(f"{sources}\n\nQuery: {search.question}\nAnswer: ")]
