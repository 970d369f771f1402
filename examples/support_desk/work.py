"""The desk at work: many customer messages, several at a time, every LLM call recorded."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from langchain_core.runnables import Runnable, RunnableConfig
from openai import OpenAIError

from examples.support_desk.desk import Ticket
from slm_instrument import Recorder
from slm_instrument.errors import ConfigError, SlmInstrumentError, StoreError
from slm_instrument.progress import Listener, Stage
from slm_instrument_langchain import SlmCallbackHandler

WORKERS = 4
_MARK = ".support_desk_demo"


def handle(
    desk: Runnable[str, Ticket],
    messages: Sequence[str],
    recorder: Recorder,
    progress: Listener | None = None,
    *,
    workers: int = WORKERS,
) -> list[Ticket]:
    """Put messages through the desk and wait until all its calls are in the store.

    Raises:
        SlmInstrumentError: the LLM failed for good.
        StoreError: not all calls could be written.
    """
    config = RunnableConfig(callbacks=[SlmCallbackHandler(recorder)])
    stage = Stage("messages", len(messages), progress)
    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(desk.invoke, message, config) for message in messages]
        for future in as_completed(futures):
            future.result()  # the first failure ends it
            stage.step()
    except OpenAIError as error:
        raise SlmInstrumentError(f"the LLM does not answer: {error}") from error
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, what has not begun is not begun
    tickets = [future.result() for future in futures]
    if not recorder.flush(timeout=60):
        raise StoreError(f"not all calls were written: {recorder.stats()}")
    return tickets


def clean_folder(path: Path) -> Path:
    """An empty folder for the demo; one that holds anything else than an earlier demo's files is left alone.

    Raises:
        ConfigError: the folder is in use for something else.
    """
    if path.exists() and any(path.iterdir()):
        if not (path / _MARK).exists():
            raise ConfigError(f"{path} is not empty and no earlier run of this demo made it; name another with --work")
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    (path / _MARK).touch()
    return path


def sqlite(path: Path) -> str:
    """The address of a store in a file."""
    return f"sqlite:///{path}"
