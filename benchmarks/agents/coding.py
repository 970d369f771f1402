"""Source code, diffs, failures and data bases as the content of made calls."""

from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing


def name(dice: Random) -> str:
    return f"{dice.choice(words.VERB_STEMS)}_{dice.choice(words.CODE_NOUNS)}"


def file_name(dice: Random) -> str:
    folder = dice.choice(("src", "app", "core", "lib", "services", "tests"))
    return f"{folder}/{dice.choice(words.CODE_NOUNS)}_{dice.choice(words.CODE_NOUNS)}.py"


def statement(dice: Random, indent: str = "    ") -> str:
    a, b, c = (dice.choice(words.CODE_NOUNS) for _ in range(3))
    line = dice.choice(
        (
            f"{a} = {name(dice)}({b}, {dice.randint(0, 99)})",
            f"if not {a}:\n{indent}    raise {dice.choice(words.ERRORS)}(f'no {b} in {{{c}}}')",
            f"for {a} in {b}.{c}s:\n{indent}    {c}.append({a}['{b}'])",
            f"{a}['{b}'] = self.{c}.{name(dice)}({a})",
            f"with open({a}) as {b}:\n{indent}    {c} = {b}.read()",
            f"logger.info('%s {a} after %d {b}s', {a}, len({c}))",
            f"try:\n{indent}    {name(dice)}({a})\n{indent}except {dice.choice(words.ERRORS)}:\n{indent}    {b} = None",
            f"{a} = [{b} for {b} in {c} if {b} > {dice.randint(1, 500)}]",
            f"# TODO({dice.choice(words.FIRST_NAMES).lower()}): {a} may be empty here",
            f"assert {a} == {b}[{dice.randint(0, 9)}]",
        )
    )
    return indent + line


def function(dice: Random) -> str:
    parts = [f"def {name(dice)}({', '.join(writing.some(dice, words.CODE_NOUNS, 1, 3))}):"]
    if dice.random() < 0.5:
        parts.append(f'    """{writing.title(dice, words.TOPICS[2])}."""')
    parts += [statement(dice) for _ in range(dice.randint(2, 9))]
    parts.append(f"    return {dice.choice(words.CODE_NOUNS)}")
    return "\n".join(parts)


def source(dice: Random, functions: int = 3) -> str:
    head = "\n".join(f"import {library}" for library in sorted(writing.some(dice, words.LIBRARIES, 1, 5)))
    return "\n\n\n".join([head, *(function(dice) for _ in range(functions))])


def diff(dice: Random, hunks: int = 2) -> str:
    file = file_name(dice)
    lines = [f"diff --git a/{file} b/{file}", f"--- a/{file}", f"+++ b/{file}"]
    for _ in range(hunks):
        at = dice.randint(1, 400)
        lines.append(f"@@ -{at},{dice.randint(4, 12)} +{at},{dice.randint(4, 14)} @@ def {name(dice)}(self):")
        for _ in range(dice.randint(4, 12)):
            lines.append(dice.choice(" +- ") + statement(dice).replace("\n", "\n" + dice.choice("+ ")))
    return "\n".join(lines)


def traceback(dice: Random) -> str:
    frames = "\n".join(
        f'  File "/srv/{file_name(dice)}", line {dice.randint(3, 900)}, in {name(dice)}\n{statement(dice)}'
        for _ in range(dice.randint(1, 5))
    )
    error = f"{dice.choice(words.ERRORS)}: '{dice.choice(words.CODE_NOUNS)}' {dice.randint(0, 400)}"
    return f"Traceback (most recent call last):\n{frames}\n{error}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a data base, with its columns and their SQL types."""

    name: str
    columns: tuple[tuple[str, str], ...]

    def ddl(self) -> str:
        """The statement that makes the table."""
        body = ",\n".join(f"    {column} {kind}" for column, kind in self.columns)
        return f"CREATE TABLE {self.name} (\n{body}\n);"

    def column(self, dice: Random) -> str:
        """One of the columns, with the name of the table."""
        return f"{self.name}.{dice.choice(self.columns)[0]}"


def database(dice: Random, tables: int) -> list[Table]:
    about = writing.topic(dice)
    nouns = dice.sample(about.nouns, min(tables, len(about.nouns)))
    return [_table(dice, noun.replace(" ", "_").replace("-", "_").replace("'", "")) for noun in nouns]


def query(dice: Random, tables: list[Table]) -> str:
    table, other = dice.choice(tables), dice.choice(tables)
    where = f"{table.column(dice)} {dice.choice(('>', '<', '=', 'LIKE'))} '{dice.randint(1, 2030)}'"
    select = dice.choice((f"COUNT({table.column(dice)})", table.column(dice), f"AVG({table.column(dice)})"))
    join = f" JOIN {other.name} ON {table.name}.id = {other.name}.{table.name}_id" if other != table else ""
    order = f" ORDER BY {table.column(dice)} DESC LIMIT {dice.randint(1, 20)}" if dice.random() < 0.4 else ""
    return f"SELECT {select} FROM {table.name}{join} WHERE {where}{order}"


def _table(dice: Random, name: str) -> Table:
    kinds = ("INTEGER", "TEXT", "REAL", "DATE", "VARCHAR(64)", "BOOLEAN")
    columns = writing.some(dice, words.CODE_NOUNS, 3, 12)
    shaped = (f"{column}_{dice.choice(('id', 'name', 'date', 'count', 'code', 'total'))}" for column in columns)
    return Table(name, (("id", "INTEGER PRIMARY KEY"), *((column, dice.choice(kinds)) for column in shaped)))
