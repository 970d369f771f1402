"""What is known of a task before a model for it is chosen: how its answers are, and how long its calls are."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from slm_instrument.analyze.embed import default_model_path
from slm_instrument.canonical import AnswerKind
from slm_instrument.curate.dataset import CLOSED_SHARE, LEAST_EXAMPLES, MOST_INPUTS
from slm_instrument.curate.gather import gather
from slm_instrument.curate.sample import Sample
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection

MOST_CALLS = 20_000  # read; lengths of more are the same
_CHARACTERS_PER_TOKEN = 3.5  # where there is no tokenizer; English has four or more, code and other scripts fewer

Counting = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """A task as a candidate must answer it.

    ``inputs`` are distinct ones, as many as a training uses. ``recurring`` is the share of them whose answer another
    input got too, ``closed`` whether the answers are a set to choose from. The tokens of prompts (slots alone) and
    answers are sorted; ``latency_ms`` is the teacher's median.
    """

    task: str
    kind: AnswerKind
    calls: int
    inputs: int
    recurring: float
    closed: bool
    prompt_tokens: Sequence[int]
    answer_tokens: Sequence[int]
    latency_ms: float | None

    def prompt(self, share: float) -> int:
        """The tokens that this share of the prompts keep within."""
        return _quantile(self.prompt_tokens, share)

    def answer(self, share: float) -> int:
        """The tokens that this share of the answers keep within."""
        return _quantile(self.answer_tokens, share)


def facts_of(store: Store, task: Task) -> TaskFacts:
    """Read a task's calls and measure them.

    Raises:
        NotEnoughDataError: none of its calls can be used.
        StoreError: the store fails.
    """
    calls = islice(store.iter_calls(Selection(task_id=task.id)), MOST_CALLS)
    samples = [example.sample for example in gather(calls, task).examples]
    if not samples:
        raise NotEnoughDataError(f"task {task.name!r} has no calls that a student could learn from")
    return facts_from(task, samples)


def facts_from(task: Task, samples: Sequence[Sample], count: Counting | None = None) -> TaskFacts:
    """Measure usable calls of a task.

    Args:
        task: what the analysis knows of it.
        samples: its usable calls, at least one.
        count: gives the numbers of tokens of texts; None: the default encoder's tokenizer, or an estimate.
    """
    count = count or _tokens
    answers = {sample.text: sample.label for sample in samples}
    inputs_of = Counter(answers.values())
    learned = sum(inputs for inputs in inputs_of.values() if inputs >= LEAST_EXAMPLES)
    return TaskFacts(
        task=task.name,
        kind=task.kind,
        calls=task.calls or len(samples),
        inputs=min(len(answers), MOST_INPUTS),
        recurring=sum(inputs for inputs in inputs_of.values() if inputs > 1) / len(answers),
        closed=learned >= CLOSED_SHARE * len(answers),
        prompt_tokens=sorted(count(list(answers))),
        answer_tokens=sorted(count(list(answers.values()))),
        latency_ms=task.latency_ms,
    )


def _quantile(values: Sequence[int], share: float) -> int:
    """The least of sorted values that this share of them does not exceed."""
    return values[min(len(values) - 1, int(share * len(values)))]


def _tokens(texts: Sequence[str]) -> list[int]:
    """Numbers of tokens. Vocabularies differ by a fifth or so in what they make of a text."""
    file = Path(default_model_path()) / "tokenizer.json"
    if not file.is_file():
        return [1 + int(len(text) / _CHARACTERS_PER_TOKEN) for text in texts]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
