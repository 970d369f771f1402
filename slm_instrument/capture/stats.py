"""The counts a recorder keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecorderStats:
    """What became of the calls. ``submitted`` is the sum of all counts below it but the last.

    ``queued`` wait in memory, ``written`` are in the store, ``spooled`` wait on disk for the store, ``dropped`` could
    be kept nowhere, ``errors`` could not be made a record of. ``recovered`` came from the spool of processes that ended
    before; they are among the submitted.
    """

    submitted: int = 0
    queued: int = 0
    written: int = 0
    spooled: int = 0
    dropped: int = 0
    errors: int = 0
    recovered: int = 0
