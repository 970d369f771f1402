"""Ids of tasks that stay the same from one analysis to the next."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from slm_instrument.analyze.kinds import Kind
from slm_instrument.canonical import canonical_json, digest

ID_BYTES = 6  # 12 characters: no accidental collision below a million tasks


def inherited(assigned: Mapping[str, int], before: Mapping[str, str]) -> dict[int, str]:
    """The old id of each kind that holds most of an old task's calls, as far as these are looked at.

    Args:
        assigned: the kind of each call now, by call id.
        before: the task of calls in the last analysis.
    """
    sizes: Counter[str] = Counter()
    shared: Counter[tuple[int, str]] = Counter()
    for call_id, kind in assigned.items():
        task_id = before.get(call_id)
        if task_id is not None:
            sizes[task_id] += 1
            shared[kind, task_id] += 1
    kept: dict[int, str] = {}
    for (kind, task_id), count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if kind not in kept and 2 * count > sizes[task_id]:
            kept[kind] = task_id
    return kept


def fresh_ids(kinds: Sequence[Kind], kept: Mapping[int, str], taken: Iterable[str]) -> list[str]:
    """An id for each kind: the kept one, else a digest of what the kind is recognised by."""
    used = set(taken)
    ids: list[str] = []
    for number, kind in enumerate(kinds):
        id = kept.get(number)
        salt = 0
        while id is None or id in used:
            id = _digest(kind, salt)
            salt += 1
        used.add(id)
        ids.append(id)
    return ids


def _digest(kind: Kind, salt: int) -> str:
    templates = sorted(canonical_json(msgspec.to_builtins(template)) for template in kind.templates)
    instruction = kind.instruction.encode("utf-8", "surrogatepass")
    content = templates or [instruction]
    return digest(b"slm-instrument task", *content, salt.to_bytes(8))[:ID_BYTES].hex()
