from pathlib import Path

import pytest

from slm_instrument.errors import InputError
from slm_instrument.train.generator.base_lm import find_base
from slm_instrument.train.generator.chat import ChatForm, chat_form

from .tiny import TEMPLATE, write_model

OWN_SYSTEM = "{% if messages[0]['role'] != 'system' %}<|start|>system\nYou are kind<|end|>\n{% endif %}" + TEMPLATE
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}" + TEMPLATE
STRANGE_END = TEMPLATE.replace("'<|end|>' + '\n'", "('<|none|>' if m['role'] == 'assistant' else '<|end|>') + '\n'")


def form(folder: Path, template: str | None, *shots: tuple[str, str]) -> ChatForm:
    return chat_form(find_base(str(write_model(folder, template=template))), shots)


@pytest.mark.parametrize("template", [TEMPLATE, NO_SYSTEM])
def test_the_models_own_template_without_a_system_message(tmp_path: Path, template: str) -> None:
    assert form(tmp_path, template) == ChatForm("<|start|>user\n", "<|end|>\n<|start|>assistant\n", 2)


def test_a_template_that_puts_in_a_system_message_gets_an_empty_one(tmp_path: Path) -> None:
    assert form(tmp_path, OWN_SYSTEM).prefix == "<|start|>system\n<|end|>\n<|start|>user\n"


def test_examples_are_turns_of_the_dialogue(tmp_path: Path) -> None:
    shown = form(tmp_path, TEMPLATE, ("hi", "{}"), ("ho", "[]"))
    assert shown.prefix.endswith(
        "<|start|>user\nhi<|end|>\n<|start|>assistant\n{}<|end|>\n"
        "<|start|>user\nho<|end|>\n<|start|>assistant\n[]<|end|>\n<|start|>user\n"
    )
    assert shown.prefix.startswith("<|start|>system\nAnswer every message")


def test_the_end_is_what_the_template_puts_behind_an_answer(tmp_path: Path) -> None:
    assert form(tmp_path, STRANGE_END).end == 0


def test_a_model_without_a_template_gets_a_plain_form(tmp_path: Path) -> None:
    assert form(tmp_path, None) == ChatForm("Input:\n", "\nOutput:\n", 2)
    assert form(tmp_path, None, ("hi", "{}")).prefix == "Input:\nhi\nOutput:\n{}\n\nInput:\n"


def test_a_template_that_changes_the_messages_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"chat template of .* cannot be used"):
        form(tmp_path, TEMPLATE.replace("m['content']", "m['content'] | replace('slots', '')"))
