"""Questions to a data base turned into SQL step by step (the family of CHESS and its like).

Hard because eight steps get the same schema of several kilobytes, the same question and the same hint, in one user
message that begins alike ("You are an expert in data bases ..."); what is asked stands between the examples and the
schema. Examples are drawn at random and their number varies; schemas repeat in a run. Candidates are written after
two recipes, which engineers call two tasks, and corrected with the error of the data base, any number of times.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.agents import coding, writing
from benchmarks.agents.runs import Labelled, Run, as_json, runs, system, user

_EXPERT = "You are an expert in data bases and a careful reader of questions."


@dataclass(frozen=True, slots=True)
class _Case:
    tables: list[coding.Table]
    schema: str
    question: str
    hint: str

    def asked(self) -> str:
        return f"Question:\n{self.question}\n\nHint:\n{self.hint}"


def calls(seed: int = 0, traces: int = 75) -> Iterator[Labelled]:
    for run in runs("sql", seed, traces, model="gpt-4o-mini", timed=False):
        case = _case(run)
        yield from _link(run, case)
        yield from _generate(run, case)
        if run.dice.random() < 0.35:
            yield run.one_off()


def _case(run: Run) -> _Case:
    dice = run.dice
    tables = coding.database(dice, dice.randint(4, 14))
    question = writing.question(dice, writing.topic(dice))
    hint = (
        f"{dice.choice(tables).column(dice)} = '{dice.randint(0, 99)}' means {writing.thing(dice, writing.topic(dice))}"
    )
    return _Case(tables, "\n".join(table.ddl() for table in tables), question, hint if dice.random() < 0.7 else "none")


def _examples(run: Run, most: int) -> str:
    dice = run.dice
    made: list[str] = []
    for at in range(dice.randint(0, most)):
        query = coding.query(dice, coding.database(dice, 3))
        made.append(f"Example {at + 1}:\nQuestion: {writing.question(dice, writing.topic(dice))}\nSQL: {query}")
    return "\n\n".join(made)


def _prompt(run: Run, task: str, case: _Case, *, examples: int = 0, schema: bool = True, more: str = "") -> str:
    parts = [_EXPERT, task, _examples(run, examples), f"Schema:\n{case.schema}" if schema else "", case.asked(), more]
    parts.append("Take a deep breath and think step by step." if run.share > 0.6 else "")
    return "\n\n".join(part for part in parts if part)


def _link(run: Run, case: _Case) -> Iterator[Labelled]:
    dice = run.dice
    task = (
        "Find the keywords, key phrases and named entities of the question and of the hint. Answer with a Python list."
    )
    yield run.call(
        "extract_keywords", [user(_prompt(run, task, case, examples=4, schema=False))], as_json([case.question])
    )
    for table in dice.sample(case.tables, min(len(case.tables), dice.randint(2, 5))):
        column = dice.choice(table.columns)
        task = "Decide whether the column described last is of use for answering the question. Answer Yes or No."
        more = f"Column: {table.name}.{column[0]} ({column[1]}): {writing.sentence(dice, writing.topic(dice))}"
        prompt = _prompt(run, task, case, examples=3, schema=False, more=more)
        yield run.call("filter_column", [user(prompt)], writing.decided(more, ("Yes", "No")))
    task = (
        'Choose the tables that are needed to answer the question. Answer with JSON: {"reason": ..., "tables": [...]}'
    )
    chosen = [table.name for table in case.tables[:3]]
    yield run.call("select_tables", [user(_prompt(run, task, case))], as_json({"reason": case.hint, "tables": chosen}))
    task = (
        "Choose, for every table that is needed, the columns that are needed to answer the question. Answer with JSON: "
        '{"reason": ..., "table": [column, ...]}'
    )
    columns = {table.name: [name for name, _ in table.columns[:2]] for table in case.tables[:3]}
    yield run.call("select_columns", [user(_prompt(run, task, case))], as_json(columns))


def _generate(run: Run, case: _Case) -> Iterator[Labelled]:
    dice = run.dice
    queries: list[str] = []
    for _ in range(dice.randint(1, 3)):
        queries.append(coding.query(dice, case.tables))
        if dice.random() < 0.5:
            task = (
                "Write a SQLite query that answers the question. First split the question into smaller ones and "
                "solve each."
            )
            made = "generate_divide_and_conquer"
        else:
            task = (
                "Write a SQLite query that answers the question. First write down the plan by which SQLite would "
                "run it."
            )
            made = "generate_by_plan"
        yield run.call(made, [user(_prompt(run, task, case, examples=3))], f"```sql\n{queries[-1]}\n```")
        for _ in range(dice.choice((0, 0, 1, 2))):
            task = "A query was written for the question and failed. Correct it, with the result of running it in mind."
            error = dice.choice(("no such column", "ambiguous column name", "near 'SELECT': syntax error", "0 rows"))
            more = f"Query:\n{queries[-1]}\n\nResult:\n{error}: {dice.choice(case.tables).column(dice)}"
            queries[-1] = coding.query(dice, case.tables)
            yield run.call("revise_query", [user(_prompt(run, task, case, more=more))], f"```sql\n{queries[-1]}\n```")
    yield from _choose(run, case, queries)


def _choose(run: Run, case: _Case, queries: list[str]) -> Iterator[Labelled]:
    dice = run.dice
    listed = "\n".join(f"Candidate {at}:\n{query}" for at, query in enumerate(queries, 1))
    if len(queries) > 1:
        task = "Write unit tests in plain words that a right query passes and at least one of the candidates fails."
        tests = writing.paragraph(dice, writing.topic(dice))
        yield run.call("write_unit_tests", [user(_prompt(run, task, case, more=listed))], tests)
        task = (
            "Check every candidate against the unit test. Answer with one line for each: Candidate 1: Passed or Failed."
        )
        answer = "\n".join(f"Candidate {at}: Passed" for at in range(1, len(queries) + 1))
        yield run.call("run_unit_test", [user(_prompt(run, task, case, more=f"{listed}\n\nTest: {tests}"))], answer)
    if dice.random() < 0.6:
        # The answer in words is somebody else's work: it has a system prompt, and no expert.
        prompt = (
            f"{case.question}\n\n{queries[-1]}\n\nRows: {[dice.randint(1, 999) for _ in range(dice.randint(1, 8))]}"
        )
        told = system("Explain the rows to the person who asked. One or two sentences, no SQL, no names of tables.")
        yield run.call("explain_rows", [told, user(prompt)], writing.sentence(dice, writing.topic(dice)))
