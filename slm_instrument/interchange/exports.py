"""Write calls out: native lines, which can be read back, or examples for fine-tuning at OpenAI and elsewhere.

The ``openai`` format is supervised chat examples: the prompt, and the answer as the last message. Earlier answers in
the prompt get ``"weight": 0``, so that nothing is learned from them but what the call itself answered. Left out, and
counted, are calls without an answer, failed ones, ones that a student answered, ones that talk to a person, and ones
with audio or files, which no example may hold.

An origin is written as the pseudonym that the store has for it, never as who it was. The store that it came from knows
it again by the call's id. Any other store takes it for a name like any other and keeps a pseudonym of that: nothing is
stored as it came from a file, the calls of one person stay those of one person, and the pseudonym in the export is the
name under which they can be found there.

Source: https://platform.openai.com/docs/guides/supervised-fine-tuning; ``FineTuneChatRequestInput`` of OpenAI's OpenAPI
document 2.3.0.
"""

import gzip
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import zstandard

from slm_instrument.canonical import faithful_json
from slm_instrument.errors import ConfigError, SlmInstrumentError
from slm_instrument.interchange.native import call_to_native
from slm_instrument.progress import Listener, Stage
from slm_instrument.records import SERVED_BY_LLM, Call, Message

EXPORT_FORMATS = ("native", "openai")
_PARTS = ("text", "image_url", "refusal")  # of a message, that an example may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export did: calls written, and how many were left out, by reason."""

    written: int
    left_out: Mapping[str, int]


def export_calls(
    calls: Iterable[Call],
    out: str | Path | IO[bytes],
    format: str = "native",
    *,
    include_human: bool = False,
    progress: Listener | None = None,
    total: int = 0,
) -> ExportReport:
    """Write calls, one JSON object a line.

    Args:
        calls: the calls, of :meth:`~slm_instrument.store.Store.iter_calls` or elsewhere; taken one at a time.
        out: an open binary file, or a path: ``.gz`` and ``.zst`` are compressed, and the file appears when it is whole,
            readable by its owner only.
        format: one of :data:`EXPORT_FORMATS`.
        include_human: take calls that talk to a person into ``openai`` too; ``native`` always holds everything.
        progress: told how many calls were written or left out.
        total: how many calls there are, for the progress.

    Raises:
        ConfigError: the format is none of those there are.
        SlmInstrumentError: the file cannot be written.
        StoreError: the calls cannot be read on.
    """
    if format not in EXPORT_FORMATS:
        raise ConfigError(f"unknown format {format!r}; there are: {', '.join(EXPORT_FORMATS)}")
    if not isinstance(out, str | Path):
        return _write(calls, out, format, include_human, Stage("export", total, progress))
    path = Path(out)
    try:
        with _appearing(path) as file:
            return _write(calls, file, format, include_human, Stage("export", total, progress))
    except OSError as error:
        raise SlmInstrumentError(f"cannot write {path}: {error.strerror or error}") from error


def _write(calls: Iterable[Call], out: IO[bytes], format: str, include_human: bool, stage: Stage) -> ExportReport:
    left_out: Counter[str] = Counter()
    written = 0
    for call in calls:
        reason = None if format == "native" else _unfit(call, include_human)
        if reason:
            left_out[reason] += 1
        else:
            line = call_to_native(call) if format == "native" else _example(call)
            out.write(faithful_json(line) + b"\n")
            written += 1
        stage.step()
    out.flush()
    return ExportReport(written=written, left_out=dict(left_out))


def _unfit(call: Call, include_human: bool) -> str | None:
    """Why there is nothing to learn from a call; None when there is."""
    if call.error is not None:
        return "failed"
    if call.response is None or not call.messages:
        return "unanswered"
    if call.served_by != SERVED_BY_LLM:
        return "answered by a student"
    if call.audience == "human" and not include_human:
        return "talking to a person"
    if any(part.get("type") not in _PARTS for message in call.messages for part in _parts_of(message)):
        return "with audio or files"
    return None


def _parts_of(message: Message) -> Sequence[Mapping[str, Any]]:
    return () if message.content is None or isinstance(message.content, str) else message.content


def _example(call: Call) -> dict[str, Any]:
    answer = cast("Message", call.response)
    messages = [_message(message) for message in call.messages]
    for message in messages:
        if message["role"] == "assistant":
            message["weight"] = 0
    line: dict[str, Any] = {"messages": [*messages, _message(answer) | {"role": "assistant"}]}
    if call.tools:
        line["tools"] = [tool.to_openai() for tool in call.tools]
        if "parallel_tool_calls" in call.params:
            line["parallel_tool_calls"] = call.params["parallel_tool_calls"]
    return line


def _message(message: Message) -> dict[str, Any]:
    """A message as OpenAI takes it: every tool call has an id, and a developer is called system."""
    out = message.to_openai()
    if message.role == "developer":
        out["role"] = "system"
    for number, asked in enumerate(out.get("tool_calls", ())):
        asked["id"] = asked["id"] or f"call_{number}"
    return out


@contextmanager
def _appearing(path: Path) -> Generator[IO[bytes]]:
    """A file that is there when it is whole, or not at all; what is no ordinary file is written as it goes."""
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb") as file, _packed(path, file) as packed:
            yield packed
        return
    path = path.resolve()  # a link stays one
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with _packed(path, file) as packed:
                yield packed
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


@contextmanager
def _packed(path: Path, file: IO[bytes]) -> Generator[IO[bytes]]:
    pack = _PACKERS.get(path.suffix)
    if pack is None:
        yield file
        return
    with pack(file) as packed:
        yield packed


def _gzip(file: IO[bytes]) -> Any:
    return gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6)


def _zstd(file: IO[bytes]) -> Any:
    return zstandard.ZstdCompressor(level=6).stream_writer(file, closefd=False)


_PACKERS: Mapping[str, Callable[[IO[bytes]], Any]] = {".gz": _gzip, ".zst": _zstd}
