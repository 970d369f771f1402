"""Chat models that stand in for another one, and the one that answers what a student said."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool

from slm_instrument.records import SERVED_BY_SLM, Message, Usage
from slm_instrument_langchain.messages import to_ai_message
from slm_instrument_langchain.metadata import SERVED_BY


class StandIn(BaseChatModel):
    """Looks like the model that it stands in for: to callbacks, to tracers, and to whoever reads its attributes.

    Args:
        llm: The model that it stands in for.
        fields: What it has of its own among a chat model's fields (``cache``, ``callbacks``, ...); all others are
            read from ``llm``.
    """

    llm: BaseChatModel

    def __init__(self, llm: BaseChatModel, **fields: Any) -> None:
        super().__init__(llm=llm, **fields)  # pyright: ignore[reportCallIssue]
        own: dict[str, Any] = vars(self)
        for name in BaseChatModel.model_fields.keys() - fields.keys():
            own.pop(name, None)  # a default would hide what the model has: see __getattr__

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except AttributeError:
                # LangChain looks for private methods to find out what a model can do: those of the other one do not
                # act for this one. The model is not there yet while a copy is being made.
                llm = self.__dict__.get("llm")
                if llm is None or name.startswith("_"):
                    raise
                return getattr(llm, name)

    @property
    def _llm_type(self) -> str:
        return self.llm._llm_type

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return self.llm._identifying_params

    @property
    def _serialized(self) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.llm._serialized

    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        return self.llm._get_invocation_params(stop=stop, **kwargs)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return self.llm._get_ls_params(stop=stop, **kwargs)

    def _should_stream(self, *, async_api: bool, run_manager: Any = None, **kwargs: Any) -> bool:
        return self.llm._should_stream(async_api=async_api, run_manager=run_manager, **kwargs)

    def _should_use_protocol_streaming(self, *, async_api: bool, run_manager: Any = None, **kwargs: Any) -> bool:
        return self.llm._should_use_protocol_streaming(async_api=async_api, run_manager=run_manager, **kwargs)

    def asdict(self) -> dict[str, Any]:
        """What identifies the model, as a dictionary."""
        return self.llm.asdict()

    def get_token_ids(self, text: str) -> list[int]:
        """The text's tokens, as the model that is stood in for counts them."""
        return self.llm.get_token_ids(text)

    def get_num_tokens(self, text: str) -> int:
        """How many tokens the text has for the model that is stood in for."""
        return self.llm.get_num_tokens(text)

    def get_num_tokens_from_messages(
        self,
        messages: list[BaseMessage],
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool] | None = None,
        **kwargs: Any,
    ) -> int:
        """How many tokens the messages have for the model that is stood in for."""
        if tools is not None:
            kwargs["tools"] = tools
        return self.llm.get_num_tokens_from_messages(messages, **kwargs)


class StudentAnswer(StandIn):
    """Answers one call with what a student said, as a run of the model that it stands in for.

    So everybody who listens sees one chat-model run with an answer of no tokens, streamed where the model would stream.
    The run's metadata tells who answered (``slm_served_by``); the model's rate limit and cache have no part in it.

    Args:
        llm: The model that was called.
        answer: The student's answer.
        bundle_id: The student.
        parsed: The answer as an object, where the call demands one and the provider's SDK would have made it.
    """

    answer: AIMessage

    def __init__(self, llm: BaseChatModel, answer: Message, bundle_id: str | None, *, parsed: Any = None) -> None:
        served_by = f"{SERVED_BY_SLM}{bundle_id}"
        message = to_ai_message(
            answer,
            usage=Usage(input_tokens=0, output_tokens=0),
            response_metadata={
                "model_name": served_by,
                "finish_reason": "tool_calls" if answer.tool_calls else "stop",
            },
        )
        if parsed is not None:
            message.additional_kwargs["parsed"] = parsed
        metadata = {**(llm.metadata or {}), SERVED_BY: served_by}
        super().__init__(llm, answer=message, metadata=metadata, cache=False, rate_limiter=None)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.answer)])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return self._generate(messages)

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        answer = self.answer
        yield ChatGenerationChunk(
            message=AIMessageChunk(content=answer.content, tool_call_chunks=_tool_call_chunks(answer))
        )
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="" if isinstance(answer.content, str) else [],
                additional_kwargs=answer.additional_kwargs,
                response_metadata=answer.response_metadata,
                usage_metadata=answer.usage_metadata,
                chunk_position="last",
            )
        )

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk


def _tool_call_chunks(answer: AIMessage) -> list[Any]:
    calls = [(call["name"], json.dumps(call["args"]), call["id"]) for call in answer.tool_calls]
    calls += [(call["name"], call["args"], call["id"]) for call in answer.invalid_tool_calls]
    return [tool_call_chunk(name=name, args=args, id=call_id, index=n) for n, (name, args, call_id) in enumerate(calls)]
