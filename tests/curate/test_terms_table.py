"""The package's table of terms: every row has a source, and the page in docs/ says what the table says."""

from pathlib import Path

import pytest

from slm_instrument.curate.terms import Terms, TermsVerdict, known_terms

PAGE = Path(__file__).parents[2] / "docs" / "teacher-terms.md"
BASIS = {"text": "text read", "quotes": "read as quoted", "memory": "**not seen; from memory**"}


def cells(row: Terms) -> str:
    who = "; ".join(
        f"{kind} {', '.join(f'`{glob}`' for glob in globs)}"
        for kind, globs in (("provider", row.providers), ("model", row.models))
        if globs
    )
    document = f"[{row.document}]({row.url})" if row.url else row.document
    read = f"{BASIS[row.basis]} {row.seen}" if row.seen else BASIS[row.basis]
    limits = f"{row.limits}. {row.note}" if row.note else row.limits
    return f"| {row.name} | {row.verdict} | {limits} | {document}; {read} | {who} |"


def test_the_page_shows_the_table_in_its_order():
    part = PAGE.read_text(encoding="utf-8").partition("\n## The table\n")[2]
    shown = [line for line in part.splitlines() if line.startswith("| ")][1:]
    table = [cells(row) for row in known_terms()]
    assert shown == table, "\n".join(["docs/teacher-terms.md should say:", *table])


@pytest.mark.parametrize("row", known_terms(), ids=lambda row: row.name)
def test_every_row_says_where_it_is_from(row):
    assert row.document
    assert row.basis in BASIS
    assert (row.seen is None) == (row.basis == "memory")
    assert row.url.startswith("https://") or row.name == "Models you run yourself"
    assert not any("\n" in text or "|" in text for text in (row.name, row.limits, row.note))


def test_what_was_not_seen_is_judged_with_care():
    assert TermsVerdict.ALLOWED not in {row.verdict for row in known_terms() if row.basis == "memory"}


def test_rows_of_one_document_agree():
    """A provider's models have one row and the provider another, so that open weights may stand between them."""
    by_maker = {}
    for row in known_terms():
        by_maker.setdefault(row.name.partition(", model not")[0], set()).add((row.verdict, row.document, row.basis))
    assert all(len(found) == 1 for found in by_maker.values())


def test_names_are_unique():
    names = [row.name for row in known_terms()]
    assert len(names) == len(set(names))
