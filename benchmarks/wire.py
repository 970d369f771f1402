"""Whether the OpenAI integration sees everything and changes nothing: python -m benchmarks.wire.

Every recorded HTTP exchange of an OpenAI endpoint in ``../shared/data/wire_http.jsonl.gz`` is served by a loopback
server and asked for through the real SDK, sync and async, by a plain client and by a recording one. Both must send and
return the same: raw bytes, parsed objects, exceptions. And the recorded call must hold the text, tool calls and token
counts that the SDK itself finds in the body. Streams are also left after half their events, closed before the first,
and cut by the server. Ends with status 1 when anything differs.
"""

import argparse
import asyncio
import inspect
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from benchmarks.machine import machine
from benchmarks.wire_parts import Exchange, Said, WireServer, load_exchanges, said_by, said_by_events
from slm_instrument import Call, Recorder, open_store
from slm_instrument.capture import annotate
from slm_instrument_openai import wrap_openai

RESULTS = Path(__file__).with_name("results") / "wire.json"
RESOURCES = {"openai.chat": "chat.completions", "openai.completions": "completions", "openai.responses": "responses"}
CALLS = 1000  # of each client, for the time that recording adds
PACKAGES = ("slm-instrument-openai", "openai", "httpx", "httpx2")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a way of asking: everything that the caller can compare, and the SDK's objects."""

    compared: Any
    error: str | None = None
    answer: Any = None
    events: list[Any] = field(default_factory=list[Any])


async def main() -> int:
    """Run the benchmark; returns the exit status."""
    options = _arguments()
    path = options.data / "wire_http.jsonl.gz"
    if not path.exists():
        print(f"{path} is missing: this benchmark needs the recorded exchanges, which may not be distributed")
        return 2
    exchanges = load_exchanges(path)[: options.most]
    server = WireServer(exchanges)
    store = open_store("memory://", redaction="off")  # what comes back is held against what was sent
    with Recorder(store) as recorder:
        run = Run(server, recorder)
        for exchange in exchanges:
            for clients in (run.clients(exchange, is_async=False), run.clients(exchange, is_async=True)):
                await run.play(exchange, *clients)
        recorder.flush(60)
        calls = {str(call.labels["case"]): call for call in store.iter_calls()}
        run.check(calls)
        latency = await _latency(server, exchanges, recorder)
    server.close()
    result = run.result(exchanges, len(calls)) | {"latency_us": latency} | machine(PACKAGES)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 1 if run.mismatches else 0


class Run:
    """One pass over the exchanges."""

    def __init__(self, server: WireServer, recorder: Recorder) -> None:
        self.mismatches: Counter[str] = Counter()
        self._server = server
        self._recorder = recorder
        self._http = (DefaultHttpxClient(), DefaultAsyncHttpxClient())
        self._expected: dict[str, tuple[Exchange, str, Outcome]] = {}
        self._asked: Counter[str] = Counter()

    def clients(self, exchange: Exchange, *, is_async: bool) -> tuple[Any, Any]:
        """A plain and a recording client for an exchange, of the kind that its path is served to."""
        http: Any = self._http[is_async]
        address = f"{self._server.url}/{exchange.number}/whole"
        common: dict[str, Any] = {"api_key": "none", "http_client": http, "max_retries": 0}
        plain: Any
        if "/openai/deployments/" in exchange.path:
            deployment = exchange.prefix.rpartition("/")[2]
            azure: Any = AsyncAzureOpenAI if is_async else AzureOpenAI
            plain = azure(azure_endpoint=address, azure_deployment=deployment, api_version="2025-01-01", **common)
        else:
            plain = (AsyncOpenAI if is_async else OpenAI)(base_url=address + exchange.prefix, **common)
        return plain, wrap_openai(plain, self._recorder)

    async def play(self, exchange: Exchange, plain: Any, recording: Any) -> None:
        """Ask in every way, with both clients, and compare."""
        ways = ("whole", "raw", "half", "early", "cut") if exchange.is_stream else ("whole", "raw", "cut")
        for way in ways:
            case = f"{exchange.number}/{type(plain).__name__}/{way}"
            without = await _ask(plain, exchange, way)
            sent_without = self._server.take_seen()
            with annotate(labels={"case": case}):
                outcome = await _ask(recording, exchange, way)
            if sent_without != self._server.take_seen():
                self._mismatch("the request differs", case)
            if without.compared != outcome.compared:
                self._mismatch("the result differs", case)
            self._asked[way] += 1
            self._expected[case] = (exchange, way, outcome)

    def check(self, calls: dict[str, Call]) -> None:
        """Compare what was recorded to what the SDK found."""
        for case, (exchange, way, outcome) in self._expected.items():
            call = calls.get(case)
            if call is None:
                self._mismatch("not recorded", case)
            elif way in ("whole", "raw"):
                self._check_whole(case, exchange, self._expected[case.rpartition("/")[0] + "/whole"][2], call)
            else:
                self._check_broken(case, exchange, outcome, call)

    def _check_whole(self, case: str, exchange: Exchange, outcome: Outcome, call: Call) -> None:
        if outcome.error is not None:
            if call.error is None or call.error.type not in (outcome.error, "error"):
                self._mismatch("the failure is not recorded", case)
            return
        said = _said(exchange, outcome)
        found = _recorded(call)
        for name in ("text", "refusal", "calls", "usage"):
            if getattr(said, name) != getattr(found, name):
                self._mismatch(f"{name} is not what the SDK finds", case)

    def _check_broken(self, case: str, exchange: Exchange, outcome: Outcome, call: Call) -> None:
        whole = _recorded_text(self._expected[case.rpartition("/")[0] + "/whole"][2], exchange)
        text = _recorded(call).text
        yielded = said_by_events(exchange.kind, outcome.events).text if exchange.is_stream else ""
        if not (text.startswith(yielded) and (whole or "").startswith(text)):
            self._mismatch("a partial answer is not as far as it was read", case)
        is_end = "finish_reason" in call.labels and case.endswith("/half")
        if call.error is None and not is_end:
            self._mismatch("a broken answer is not recorded as a failure", case)

    def _mismatch(self, reason: str, case: str) -> None:
        self.mismatches[reason] += 1
        if self.mismatches[reason] <= 5:
            print(f"{reason}: {case}", file=sys.stderr)

    def result(self, exchanges: list[Exchange], recorded: int) -> dict[str, Any]:
        """The figures."""
        return {
            "exchanges": len(exchanges),
            "of_which_streams": sum(exchange.is_stream for exchange in exchanges),
            "of_which_errors": sum(exchange.status >= 400 for exchange in exchanges),
            "calls_made_while_recording": dict(self._asked),
            "calls_recorded": recorded,
            "mismatches": dict(self.mismatches),
        }


async def _ask(client: Any, exchange: Exchange, way: str) -> Outcome:
    """Ask in one way; what is raised is a result too."""
    if way == "cut":
        client = client.with_options(base_url=str(client.base_url).replace("/whole", "/cut"))
    events: list[Any] = []
    try:
        resource: Any = client
        for name in RESOURCES[exchange.kind].split("."):
            resource = getattr(resource, name)
        if way == "raw":
            return await _ask_raw(resource, exchange)
        answer = await _awaited(resource.create(**_arguments_of(resource.create, exchange.request)))
        if not hasattr(answer, "response"):
            return Outcome((type(answer), answer.model_dump(warnings=False)), answer=answer)
        await _read(answer, events, most=_most(exchange, way))
        return Outcome(tuple(map(_dumped, events)), events=events)
    except Exception as e:
        seen = (type(e), str(e), getattr(e, "status_code", None), getattr(e, "body", None), type(e.__cause__))
        return Outcome((*map(_dumped, events), *seen), type(e).__name__, events=events)


async def _ask_raw(resource: Any, exchange: Exchange) -> Outcome:
    options = _arguments_of(resource.create, exchange.request)
    if not exchange.is_stream:
        raw = await _awaited(resource.with_raw_response.create(**options))
        response = raw.http_response
        return Outcome((type(raw), response.status_code, response.headers.multi_items(), response.content))
    opened: Any = resource.with_streaming_response.create(**options)
    if hasattr(opened, "__aenter__"):
        async with opened as raw:
            return Outcome((type(raw), tuple(raw.headers.items()), b"".join([c async for c in raw.iter_bytes()])))
    with opened as raw:
        return Outcome((type(raw), tuple(raw.headers.items()), b"".join(raw.iter_bytes())))


async def _read(stream: Any, events: list[Any], most: int | None) -> None:
    if most != 0:
        async for event in _iterated(stream):
            events.append(event)
            if len(events) == most:
                break
    await _awaited(stream.close())


def _most(exchange: Exchange, way: str) -> int | None:
    return {"half": max(1, exchange.body.count(b"\ndata:") // 2), "early": 0}.get(way)


def _arguments_of(method: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The request as arguments of the SDK's method, what it does not know as further fields of the body."""
    known = inspect.signature(method).parameters
    request = {"model": "unnamed", **request}  # which the SDK demands, and other clients of Azure leave out
    options = {name: value for name, value in request.items() if name in known}
    further = {name: value for name, value in request.items() if name not in known}
    return options | ({"extra_body": further} if further else {})


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _iterated(values: Any) -> AsyncIterator[Any]:
    if hasattr(values, "__aiter__"):
        async for value in values:
            yield value
    else:
        for value in values:
            yield value


def _dumped(event: Any) -> Any:
    return (type(event), event.model_dump(warnings=False)) if hasattr(event, "model_dump") else event


def _said(exchange: Exchange, outcome: Outcome) -> Said:
    if outcome.answer is not None:
        return said_by(exchange.kind, outcome.answer)
    return said_by_events(exchange.kind, outcome.events)


def _recorded_text(outcome: Outcome, exchange: Exchange) -> str:
    return _said(exchange, outcome).text if outcome.error is None else ""


def _recorded(call: Call) -> Said:
    """What the record holds."""
    content = call.response.content if call.response is not None else None
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())
    usage = call.usage
    return Said(
        text="".join(part["text"] for part in parts if part["type"] == "text"),
        refusal="".join(part["refusal"] for part in parts if part["type"] == "refusal"),
        calls=[(made.name, made.arguments) for made in (call.response.tool_calls if call.response else ())],
        usage=usage and (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens),
    )


async def _latency(server: WireServer, exchanges: list[Exchange], recorder: Recorder) -> dict[str, Any]:
    """Median microseconds of a small chat call, the plain and the recording client taking turns.

    On a clock, and of the processor by the thread that calls: the latter is what a busy machine does not blur.
    """
    exchange = next(each for each in exchanges if each.kind == "openai.chat" and not each.is_stream)
    options = {"model": "small", "messages": [{"role": "user", "content": "Where is my parcel?"}]}
    found: dict[str, Any] = {}
    for name, is_async in (("sync", False), ("async", True)):
        clients = dict(
            zip(("plain", "recording"), Run(server, recorder).clients(exchange, is_async=is_async), strict=True)
        )
        took: dict[str, list[tuple[float, float]]] = {"plain": [], "recording": []}
        for _ in range(CALLS):
            for which, client in clients.items():
                began = time.perf_counter(), time.thread_time()
                await _awaited(client.chat.completions.create(**options))
                took[which].append((time.perf_counter() - began[0], time.thread_time() - began[1]))
            server.take_seen()
        for at, clock in enumerate(("wall", "cpu")):
            medians = {which: median(each[at] for each in times) * 1e6 for which, times in took.items()}
            medians["added"] = medians["recording"] - medians["plain"]
            found[f"{name}_{clock}"] = {which: round(value, 1) for which, value in medians.items()}
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check what the OpenAI integration records and passes on.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--most", type=int, default=None, help="stop after so many exchanges")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
