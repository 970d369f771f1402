"""The systems that are compared, each as its documentation sets it up for production, its exports sent to the sink.

All in their default settings for batches, queues and threads. Imports are by name: only the environment of the
benchmark has these packages, and a process loads one of them.
"""

import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from langchain_core.callbacks import BaseCallbackManager

from benchmarks.peers.workload import EmptyCallback

Init = Callable[..., None]


@dataclass(frozen=True, slots=True)
class System:
    """A recorder that is set up: what its user passes, and how to wait until all is exported."""

    callbacks: list[Any] = field(default_factory=list[Any])
    flush: Callable[[], object] = lambda: None
    stored: Callable[[], int] | None = None  # calls that reached its store; None: the sink knows


@contextmanager
def set_up(name: str, sink: str) -> Generator[tuple[System, Callable[[bool], None]]]:
    """A system, and what switches it on and off between calls.

    Some of them patch the callback manager of LangChain for the whole process; off puts the original back.
    """
    original: Init = BaseCallbackManager.__init__
    with SYSTEMS[name](sink) as system:
        patched: Init = BaseCallbackManager.__init__

        def switch(on: bool) -> None:
            setattr(BaseCallbackManager, "__init__", patched if on else original)  # noqa: B010

        yield system, switch
        switch(True)


@contextmanager
def _empty(sink: str) -> Generator[System]:
    yield System([EmptyCallback()])


@contextmanager
def _slm_instrument(sink: str) -> Generator[System]:
    from slm_instrument import Recorder, open_store
    from slm_instrument_langchain import SlmCallbackHandler

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'calls.db'}"
        with Recorder(url) as recorder:

            def stored() -> int:
                store = open_store(url)
                try:
                    return store.count_calls()
                finally:
                    store.close()

            yield System([SlmCallbackHandler(recorder)], lambda: recorder.flush(60), stored)


@contextmanager
def _langfuse(sink: str) -> Generator[System]:
    client = import_module("langfuse").Langfuse(public_key="pk-lf-benchmark", secret_key="sk-lf-benchmark", host=sink)
    yield System([import_module("langfuse.langchain").CallbackHandler()], client.flush)
    client.shutdown()


@contextmanager
def _openinference(sink: str) -> Generator[System]:
    with _otlp(sink) as provider:
        import_module("openinference.instrumentation.langchain").LangChainInstrumentor().instrument(
            tracer_provider=provider
        )
        yield System(flush=provider.force_flush)


@contextmanager
def _traceloop(sink: str) -> Generator[System]:
    with _otlp(sink) as provider:
        import_module("opentelemetry.instrumentation.langchain").LangchainInstrumentor().instrument(
            tracer_provider=provider
        )
        yield System(flush=provider.force_flush)


@contextmanager
def _langsmith(sink: str) -> Generator[System]:
    client = import_module("langsmith").Client(api_url=sink, api_key="lsv2_benchmark")
    tracer = import_module("langchain_core.tracers").LangChainTracer(client=client, project_name="benchmark")
    yield System([tracer], client.flush)
    client.cleanup()


@contextmanager
def _mlflow(sink: str) -> Generator[System]:
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    mlflow = import_module("mlflow")
    mlflow.set_tracking_uri(sink)
    mlflow.set_experiment("benchmark")  # by $MLFLOW_EXPERIMENT_ID it would ask the server again at every call
    import_module("mlflow.langchain").autolog()
    yield System(flush=mlflow.flush_trace_async_logging)


@contextmanager
def _otlp(sink: str) -> Generator[Any]:
    """OpenTelemetry as its documentation says: spans in batches, over HTTP."""
    provider = import_module("opentelemetry.sdk.trace").TracerProvider()
    exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter(
        endpoint=f"{sink}/v1/traces"
    )
    provider.add_span_processor(import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor(exporter))
    yield provider
    provider.shutdown()


SYSTEMS = {
    "empty": _empty,
    "slm_instrument": _slm_instrument,
    "langfuse": _langfuse,
    "openinference": _openinference,
    "traceloop": _traceloop,
    "langsmith": _langsmith,
    "mlflow": _mlflow,
}
