"""Every error this package raises on purpose.

::

    SlmInstrumentError
     ├─ ConfigError          a setting, store address, mode or flag that means nothing
     ├─ InputError           a file that cannot be read as what it was said to be
     ├─ StoreError           the store cannot be reached, read or written
     │   ├─ SchemaError      the database has another schema version than this package
     │   └─ StoreKeyError    the key that a store is encrypted with is missing, or it is another one
     ├─ NotFoundError        a task, call or bundle that does not exist
     ├─ NotEnoughDataError   too few calls for what was asked
     ├─ TermsError           a teacher's terms do not let others be trained on its answers
     ├─ MissingExtraError    an optional dependency is not installed (also an ImportError)
     ├─ EngineError          the workers that an offline job was given to do not survive it
     ├─ BundleError          a student on disk that is incomplete, altered or of another format
     └─ ExportError          a trained model that does not survive its export to ONNX

They come from offline jobs and constructors only. Nothing on an agent's path raises them: there, a failure is a
counter, a log line or the reason of a fallback.
"""


class SlmInstrumentError(Exception):
    """Base of all errors of this package; the text is one line meant for the user."""


class ConfigError(SlmInstrumentError):
    """A setting, store address, mode or flag that means nothing."""


class InputError(SlmInstrumentError):
    """A file that cannot be read as what it was said to be."""


class StoreError(SlmInstrumentError):
    """The store cannot be reached, read or written."""


class SchemaError(StoreError):
    """The database has another schema version than this package."""


class StoreKeyError(StoreError):
    """The key that a store is encrypted with is missing, or it is another one."""


class NotFoundError(SlmInstrumentError):
    """A task, call or bundle that does not exist."""


class NotEnoughDataError(SlmInstrumentError):
    """Too few calls for what was asked."""


class TermsError(SlmInstrumentError):
    """A teacher's terms do not let others be trained on its answers, by the policy that was set."""


class MissingExtraError(SlmInstrumentError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f'{what} needs the extra "{extra}": pip install "slm-instrument[{extra}]"')
        self.extra = extra
        self._what = what

    def __reduce__(self) -> tuple[type["MissingExtraError"], tuple[str, str]]:
        """As it was made: a worker may have raised it, and it is the caller's to see."""
        return type(self), (self.extra, self._what)


class EngineError(SlmInstrumentError):
    """The workers that an offline job was given to do not survive it."""


class BundleError(SlmInstrumentError):
    """A student on disk that is incomplete, altered or of another format."""


class ExportError(SlmInstrumentError):
    """A trained model that does not survive its export to ONNX."""
