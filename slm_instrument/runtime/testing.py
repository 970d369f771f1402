"""Fakes for tests of agents that students answer: a bundle that holds no model, and a student that is scripted.

>>> import tempfile
>>> from slm_instrument.records import Call, Message
>>> from slm_instrument.runtime import Substitutor
>>> from slm_instrument.store import open_store
>>> models = tempfile.TemporaryDirectory()
>>> bundle = write_fake_bundle(models.name, task_name="greeting", last=Pattern(("Greet ", SLOT)))
>>> student = ScriptedStudent(lambda text: f"Hello {text}!")
>>> substitutor = Substitutor(
...     models.name, store=open_store("memory://"), modes={"greeting": "on"}, load_student=lambda _: student
... )
>>> with substitutor:
...     substitutor.decide(Call(messages=(Message("user", "Greet Ada"),))).answer.text
'Hello Ada!'
>>> models.cleanup()
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slm_instrument.canonical import AnswerKind, canonical_json, normal_form
from slm_instrument.comparators import NORMAL_FORM
from slm_instrument.records import Message, new_id
from slm_instrument.runtime.bundle import Bundle, write_bundle
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.manifest import (
    FORMAT,
    BaseModel,
    Certificate,
    Lineage,
    Manifest,
    Parity,
    TestMetrics,
)
from slm_instrument.runtime.specs import ClassifierSpec, KnownAnswer
from slm_instrument.runtime.student import Prediction
from slm_instrument.store import Verdict
from slm_instrument.template import SLOT, Pattern, Template

__all__ = ["SLOT", "Pattern", "ScriptedStudent", "write_fake_bundle"]

_NOTHING = Pattern(())
_ANYTHING = Pattern((SLOT,))


class ScriptedStudent:
    """A student that answers what a function says, and keeps what it was asked.

    Args:
        answer: From the text of the slots to the answer, as text or as a whole message. It may raise or be slow.
        score: The gate's score of every answer.
        accepted: Whether the gate accepts.
    """

    def __init__(self, answer: Callable[[str], str | Message], *, score: float = 0.99, accepted: bool = True) -> None:
        self._answer = answer
        self._score = score
        self._accepted = accepted
        self.asked: list[str] = []

    def answer(self, text: str) -> Prediction:
        """Answer as scripted."""
        self.asked.append(text)
        said = self._answer(text)
        message = said if isinstance(said, Message) else Message("assistant", said)
        return Prediction(message, self._score, self._accepted, normal_form(message).text)


def write_fake_bundle(
    models: str | Path,
    *,
    task_id: str | None = None,
    task_name: str = "task",
    system: Pattern = _NOTHING,
    last: Pattern = _ANYTHING,
    tools: Sequence[str] = (),
    response_format: Mapping[str, Any] | None = None,
    verdict: Verdict = Verdict.CERTIFIED,
    created_at: datetime | None = None,
) -> Bundle:
    """Write a bundle that is sound in everything but its model.

    Args:
        models: Folder of bundles, made when missing.
        task_id: The task's id; default: its name.
        task_name: The task's name.
        system: What the system message looks like; default: there is none.
        last: What the last user message looks like; default: any.
        tools: Names of the tools offered.
        response_format: The form of the answer that is demanded, as on :class:`~slm_instrument.records.Call`.
        verdict: What certification said.
        created_at: When the student was made; default: now.
    """
    form = canonical_json(response_format).decode() if response_format else ""
    template = Template(system, _ANYTHING, last, tuple(sorted(tools)), form)
    manifest = _manifest(task_id or task_name, task_name, template, verdict, created_at or datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in ClassifierSpec.FILES}
        for name, path in files.items():
            path.write_text(f"no {name}")
        return write_bundle(models, manifest, files)


def _manifest(task_id: str, task_name: str, template: Template, verdict: Verdict, created_at: datetime) -> Manifest:
    return Manifest(
        format=FORMAT,
        id=f"fake-{new_id()}",
        created_at=created_at,
        task_id=task_id,
        task_name=task_name,
        task_kind=AnswerKind.CLOSED_SET,
        templates=(template,),
        comparator=NORMAL_FORM,
        student=ClassifierSpec(
            answers=(KnownAnswer("yes", Message("assistant", "yes")),),
            max_tokens=256,
            confidence=Confidence(),
            least_similarity=-1.0,
        ),
        certificate=_certificate(verdict),
        test=TestMetrics(
            calls=100,
            agreement_all=1.0,
            accepted=100,
            agreement=1.0,
            agreement_low=0.97,
            agreement_high=1.0,
            coverage=1.0,
            latency_ms=1.0,
        ),
        parity=Parity(
            inputs=0, fp32_agreement=1.0, fp32_drift=0.0, quantised_agreement=None, quantised_drift=None, shipped="fp32"
        ),
        base_model=BaseModel("none", None, "0" * 64),
        lineage=Lineage(dataset_id="none", training=0, validation=0, calibration=0, test=0),
        libraries={},
    )


def _certificate(verdict: Verdict) -> Certificate:
    certified = verdict is Verdict.CERTIFIED
    return Certificate(
        verdict=verdict,
        target=0.95,
        confidence=0.95,
        threshold=0.5 if certified else None,
        calls=100,
        accepted=100,
        agreement=1.0 if certified else 0.5,
        agreement_low=0.97 if certified else 0.4,
        agreement_high=1.0 if certified else 0.6,
        coverage=1.0,
    )
