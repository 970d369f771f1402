"""Students in place of the LLM: a request is put to the substitutor before it is sent, and answered as the API would.

A request is put to it once, however often the SDK sends it. What it declines goes to the LLM as it is, and the answer
that comes is handed to it where it wants to compare, when the record of the call is made.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slm_instrument.capture import Recorder
from slm_instrument.dialects.openai_parts import parse
from slm_instrument.dialects.shapes import mapping
from slm_instrument.records import Call
from slm_instrument.runtime.deadline import Workers
from slm_instrument_openai.answers import make_response, with_ids
from slm_instrument_openai.exchange import Exchange
from slm_instrument_openai.questions import Question, why_not

if TYPE_CHECKING:
    from slm_instrument.runtime import Decision, Substitutor


class Substitution:
    """What a client's requests meet before they are sent.

    Args:
        substitutor: Decides who answers.
        recorder: Where the client's calls go, if they are recorded.
    """

    def __init__(self, substitutor: "Substitutor", recorder: Recorder | None) -> None:
        self.substitutor = substitutor
        self._recorder = recorder
        self._workers = Workers(1, "openai-answers")

    def answer(self, exchange: Exchange, request: Any, http: ModuleType, *, unread: bool) -> Any:
        """A student's answer to a request.

        Args:
            exchange: The call.
            request: The httpx request.
            http: The library that it is of.
            unread: Whether the caller is going to read the response's body, as that of a stream.

        Returns:
            The httpx response, or None: the LLM is to be asked.
        """
        question = self._question(exchange, request)
        if question is None:
            return None
        decision = self.substitutor.decide(question.call, within_s=patience_of(request))
        return self._carry_out(question, decision, http, unread)

    async def aanswer(self, exchange: Exchange, request: Any, http: ModuleType, *, unread: bool) -> Any:
        """As :meth:`answer`; the event loop is free while the student thinks."""
        question = self._question(exchange, request)
        if question is None:
            return None
        decision = await self.substitutor.adecide(question.call, within_s=patience_of(request))
        return self._carry_out(question, decision, http, unread)

    def read_later(self, build: Callable[[], Call]) -> None:
        """Have the record made of a call that nobody records, for the LLM's answer; on another thread."""
        self._workers.submit(build)

    def _question(self, exchange: Exchange, request: Any) -> Question | None:
        if exchange.attempts > 1 or request.headers.get("x-stainless-retry-count", "0") != "0":
            return None  # decided at the first attempt
        body = mapping(parse(exchange.body))
        reason = why_not(exchange.dialect, body)
        if reason is not None:
            self.substitutor.refuse(reason)
            if self._recorder is None:
                exchange.forget()
            return None
        call = exchange.to_question(body)
        return Question(exchange, request, body, call if self._recorder is None else self._recorder.completed(call))

    def _carry_out(self, question: Question, decision: "Decision", http: ModuleType, unread: bool) -> Any:
        if decision.answer is None:
            self._leave_to_llm(question, decision)
            return None
        message = with_ids(decision.answer, question.call)
        response = make_response(question, message, decision, http, unread=unread)
        self.substitutor.served(question.call, replace(decision, answer=message))
        question.exchange.forget()
        return response

    def _leave_to_llm(self, question: Question, decision: "Decision") -> None:
        exchange = question.exchange
        exchange.restart_clock()
        if decision.compare:
            exchange.tell = partial(self._observe, question.call, decision)
        elif self._recorder is None:
            exchange.forget()

    def _observe(self, call: Call, decision: "Decision", record: Call) -> None:
        is_whole = record.error is None and not record.labels.get("truncated")
        self.substitutor.observe(
            call,
            decision,
            record.response if is_whole else None,
            teacher_ms=record.duration_ms,
            call_id=None if self._recorder is None else record.id,
        )


def patience_of(request: Any) -> float | None:
    """How long the caller waits for an answer, in seconds; None where no timeout is set."""
    return mapping(request.extensions.get("timeout")).get("read")
