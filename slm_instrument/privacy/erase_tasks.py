"""Tasks that an analysis made of calls some of which are now erased: what they may quote of those is cut out.

A template, an answer or a word of a name stays when one of the task's remaining calls shows it too. Which is looked for
in a bounded number of them: what only others would have shown is cut out with the rest, until the next analysis.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection, delete, select, update

from slm_instrument.canonical import normal_form
from slm_instrument.records import Call
from slm_instrument.store import Task, schema
from slm_instrument.store.bulk import insert_new
from slm_instrument.store.contents import CONTENT_COLUMNS
from slm_instrument.store.encoder import Encoder, Rows
from slm_instrument.store.secrets import Keys
from slm_instrument.store.selecting import Selection
from slm_instrument.store.sql_erase import doomed
from slm_instrument.store.sql_read import Reader
from slm_instrument.store.sql_tasks import load
from slm_instrument.template import PLACES, Prompt, Template

_LOOKED_AT = 2_000  # remaining calls of a task
_BATCH = 200
_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """A task of which erased calls were: ``cut`` says how many of its templates, answers and names went with them.

    ``dropped``: nothing of it was left.
    """

    id: str
    name: str
    cut: int
    dropped: bool


def concerned(connection: Connection, keys: Keys) -> list[Task]:
    """The current tasks of which condemned calls are."""
    assignments = schema.assignments
    query = select(assignments.c.task_id).join(doomed, doomed.c.id == assignments.c.call_id).distinct()
    ids = set(connection.scalars(query))
    return [task for task in load(connection, keys) if task.id in ids] if ids - {None} else []


def cut_out(
    connection: Connection, keys: Keys, encoder: Encoder, tasks: Iterable[Task]
) -> tuple[list[TaskChanged], list[bytes]]:
    """Rewrite tasks by what their remaining calls show; returns what became of them, and the contents they had.

    Args:
        connection: In a transaction, the condemned calls deleted.
        keys: Of the store.
        encoder: Names and seals the new contents.
        tasks: Which, as they were.
    """
    changed: list[TaskChanged] = []
    table, before = schema.tasks, list[bytes]()
    for task in tasks:
        left = _shown(task, _remaining(connection, keys, task.id))
        cut = _pieces(task) - _pieces(left)
        renamed = left.name != task.name
        dropped = not left.templates
        changed.append(TaskChanged(task.id, left.name, cut + renamed, dropped))
        if left == task:
            continue
        before.append(bytes(connection.scalar(select(table.c.content_id).where(table.c.id == task.id)) or b""))
        if dropped:
            connection.execute(delete(table).where(table.c.id == task.id))
            connection.execute(delete(schema.assignments).where(schema.assignments.c.task_id == task.id))
            continue
        _renumber(connection, task, left)
        rows = Rows()
        id = encoder.content(msgspec.to_builtins(left), rows)
        insert_new(connection, schema.contents, CONTENT_COLUMNS, rows.content_rows(encoder.keyring), unique="id")
        connection.execute(update(table).where(table.c.id == task.id).values(content_id=id))
    return changed, before


def _renumber(connection: Connection, task: Task, left: Task) -> None:
    """Let what was noted of calls name the templates that are left by their new numbers."""
    table = schema.assignments
    new = 0
    for old, template in enumerate(task.templates):
        kept = template in left.templates
        noted = update(table).where(table.c.task_id == task.id, table.c.variant == old)
        if not kept or new != old:
            connection.execute(noted.values(variant=new if kept else None))
        new += kept


def _pieces(task: Task) -> int:
    return len(task.templates) + len(task.answers)


def _remaining(connection: Connection, keys: Keys, task_id: str) -> Iterator[Call]:
    reader, seen = Reader(keys, Selection(task_id=task_id)), 0
    while seen < _LOOKED_AT and (calls := reader.read(connection, _BATCH)) is not None:
        yield from calls
        seen += _BATCH


def _shown(task: Task, calls: Iterable[Call]) -> Task:
    """The task, without what none of the calls shows; the next analysis fills in what says nothing now."""
    templates, answers = set[Template](), set[str]()
    text = "\n".join(task.agents).lower()
    for call in calls:
        prompt = Prompt.of_call(call)
        new = {template for template in task.templates if template not in templates and template.match(prompt)}
        if new:
            templates |= new
            text += f"\n{prompt.system}\n{prompt.first}\n{prompt.last}".lower()
        if call.response is not None:
            answers.add(normal_form(call.response).text)
        if templates.issuperset(task.templates) and answers.issuperset(task.answers):
            break
    left = tuple(template for template in task.templates if template in templates)
    # That of a task without static text of its own is how one of its prompts begins.
    instructed = _words(task.instruction) <= _words(*map(_static, left))
    # A name is made of words of the instruction: while all of that is shown, so is the name.
    named = len(left) == len(task.templates) and instructed
    named = named or all(word in text for word in _SEPARATOR.split(task.name.lower()))
    return replace(
        task,
        templates=left,
        variant_calls=task.variant_calls if len(left) == len(task.templates) else (),
        instruction=task.instruction if instructed else "",
        answers=tuple(answer for answer in task.answers if answer in answers),
        name=task.name if named else f"task-{task.id[:8]}",
        schemas={},
        typical=(),
        unusual=(),
    )


def _static(template: Template) -> str:
    pieces = (piece for place in PLACES for piece in getattr(template, place).pieces)
    return "\n".join(piece for piece in pieces if isinstance(piece, str))


def _words(*texts: str) -> set[str]:
    return {word for text in texts for word in _WORD.findall(text)}
