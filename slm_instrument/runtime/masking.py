"""What a student is asked: the slots of a call's prompt, with placeholders where its training texts had them.

A student never learned from what redaction took out of the log. So a live prompt goes through the same recognisers
before it is put to the student, in this process, and what the student says with placeholders is given back with what
they stand for.
"""

from dataclasses import dataclass, replace

from slm_instrument.records import Call, Message, ToolCall, message_from_openai
from slm_instrument.redaction.placeholders import Masking
from slm_instrument.redaction.policy import Level, Policies, Policy
from slm_instrument.runtime.student import Prediction
from slm_instrument.template import Prompt, Slots, Template


@dataclass(frozen=True, slots=True)
class Asked:
    """A student's input, and the way back from its answer."""

    text: str
    masking: Masking | None = None

    def answered(self, prediction: Prediction) -> Prediction:
        """The prediction as the agent is to see it.

        Raises:
            ValueError: it holds a placeholder that stands for nothing in this prompt.
        """
        if self.masking is None:
            return prediction
        said = (prediction.message.text, *(call.arguments for call in prediction.message.tool_calls))
        if any(map(self.masking.strange, said)):
            raise ValueError("the student's answer has a placeholder that its prompt has not")
        return replace(prediction, message=_restored(prediction.message, self.masking))


def ask_of(call: Call, template: Template, slots: Slots, level: str, policies: Policies) -> Asked:
    """What to ask the student of a matched call with.

    Args:
        call: The call.
        template: The template that its prompt matches.
        slots: What it found.
        level: How its training texts were redacted; ``off`` for not at all.
        policies: What this process redacts. Where that is nothing, what the student's level says.
    """
    if level == Level.OFF:
        return Asked(slots.text)
    from slm_instrument.redaction.redactor import redact  # its tables of patterns, where a student needs them

    policy = policies.of(call)
    if policy.level is Level.OFF:
        policy = _of_level(level)
    masking = Masking()
    messages = [message_from_openai(redact(each.to_openai(), policy, masking.replace)) for each in call.messages]
    masked = template.match(Prompt.of(messages, call.tools, call.response_format))
    # Where a static text itself looks personal, no slot is left to match: then the slots are looked through alone.
    text = masked.text if masked is not None else redact(slots.text, policy, masking.replace)
    return Asked(masking.numbered(text), masking)


def _restored(message: Message, masking: Masking) -> Message:
    calls = tuple(ToolCall(call.name, masking.restore(call.arguments), call.id) for call in message.tool_calls)
    content = masking.restore(message.content) if isinstance(message.content, str) else message.content
    return replace(message, content=content, tool_calls=calls)


_POLICIES: dict[str, Policy] = {}


def _of_level(level: str) -> Policy:
    return _POLICIES.setdefault(level, Policy(level=Level(level)))
