"""The counts a recorder keeps."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RecorderStats:
    """What became of the calls. ``submitted`` is the sum of the five counts below it.

    ``queued`` wait in memory, ``written`` are in the store, ``spooled`` wait on disk for the store, ``dropped`` could
    be kept nowhere, ``errors`` could not be made a record of. ``recovered`` came from the spool of processes that ended
    before; they are among the submitted. ``spilled`` went by way of the disk, wherever they are now: many of them
    tell of a store that is slow, locked or down at times.
    """

    submitted: int = 0
    queued: int = 0
    written: int = 0
    spooled: int = 0
    dropped: int = 0
    errors: int = 0
    recovered: int = 0
    spilled: int = field(default=0, compare=False)
