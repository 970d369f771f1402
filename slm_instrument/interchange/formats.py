"""The formats that can be read. A further one is one more line here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, cast

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.interchange import langfuse, langsmith, litellm, native, openai_logs, otlp
from slm_instrument.interchange.reading import Format, Reader
from slm_instrument.records import Call

FORMATS: Mapping[str, Format] = {
    "native": native.FORMAT,
    "otlp": otlp.FORMAT,
    "litellm": litellm.FORMAT,
    "langsmith": langsmith.FORMAT,
    "langfuse": langfuse.FORMAT,
    "openai": openai_logs.FORMAT,
}
"""By name; the order is that in which ``auto`` tries them, so that the pickiest come first."""

AUTO = "auto"


def format_named(name: str, on_known: Callable[[str], None] = lambda name: None) -> Format:
    """The format of that name, or ``auto``: every record is read as the first format that knows it.

    Args:
        name: one of :data:`FORMATS`, or ``auto``.
        on_known: told every format that ``auto`` comes upon, once.

    Raises:
        ConfigError: there is none.
    """
    if name == AUTO:
        pages = dict.fromkeys(chain.from_iterable(format.pages for format in FORMATS.values()))
        return Format(lambda: _ByLooks(on_known), knows=lambda record: True, pages=tuple(pages))
    if name not in FORMATS:
        raise ConfigError(f"unknown format {name!r}; there are: {', '.join((*FORMATS, AUTO))}")
    return FORMATS[name]


class _ByLooks:
    """Reads every record as the first format that knows it."""

    def __init__(self, on_known: Callable[[str], None]) -> None:
        self._on_known = on_known
        self._readers: dict[str, Reader] = {}

    def read(self, record: Any) -> Iterable[Call] | None:
        name = self._name(record)
        if name not in self._readers:
            self._on_known(name)
            self._readers[name] = FORMATS[name].reader()
        return self._readers[name].read(record)

    def finish(self) -> Iterator[Call]:
        return chain.from_iterable(reader.finish() for reader in self._readers.values())

    def _name(self, record: Any) -> str:
        if isinstance(record, Mapping):
            known = cast("Mapping[str, Any]", record)
            for name, format in FORMATS.items():
                if format.knows(known):
                    return name
        raise InputError("of no format that is known")
