"""What a task looks like to a language model: how it is asked, and how it is to answer."""

from collections.abc import Sequence

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ConfigError
from slm_instrument.runtime.generator.form import Form
from slm_instrument.runtime.generator.prompt import Prompter
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.chat import chat_form
from slm_instrument.train.generator.export_spec import Wording, most_tokens

_LONGER = 2  # times the longest slots in training that a student still answers; beyond, it has never learned to read


def learn_wording(base: BaseLM, training: Sequence[Sample], shots: Sequence[Sample] = ()) -> Wording:
    """How a task's calls are put to a model, and the form of its answers.

    Args:
        base: the model.
        training: the calls to learn from.
        shots: calls that are shown to it, with their answers, before every other.

    Raises:
        ConfigError: prompts and answers leave no room for each other in the model's context window.
        InputError: the model's chat template cannot be used.
    """
    form = Form.learn(sample.answer for sample in training)
    chat = chat_form(base, [(sample.text, form.target(sample.answer)) for sample in shots])
    tokenizer = (base.path / "tokenizer.json").read_bytes()
    prompter = Prompter(tokenizer, chat.prefix, chat.suffix, base.context)
    answers = [prompter.plain(form.target(sample.answer)) for sample in training]
    around = len(prompter.prefix) + len(prompter.suffix)
    room = base.context - around - most_tokens(answers)
    if room < 1:
        raise ConfigError(
            f"the base model {base.base.name} reads {base.context} tokens, which leaves no room for a call: an answer "
            f"may need {most_tokens(answers)}, and what stands around the call {around}"
        )
    longest = max(len(prompter.encode(sample.text).slots) for sample in training)
    return Wording(
        tokenizer=tokenizer,
        prefix=chat.prefix,
        suffix=chat.suffix,
        max_tokens=max(1, min(room, _LONGER * longest)),
        form=form,
        ends=(chat.end,),
    )
