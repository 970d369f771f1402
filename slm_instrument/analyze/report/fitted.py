"""A table that leaves out what does not fit, the least important columns first, instead of squeezing all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from slm_instrument.analyze.report.texts import visible

BETWEEN = 3  # columns of the terminal between two of the table


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its cells, one a row, and how important it is; of rank 0 it is always there.

    One with a ``least`` width takes what is left, so much at least, and folds what is longer.
    """

    heading: str
    cells: Sequence[str]
    rank: int
    justify: Literal["left", "right"] = "right"
    least: int | None = None

    @property
    def width(self) -> int:
        """Columns of the terminal that it needs."""
        if self.least is not None:
            return self.least
        lines = [*self.heading.split("\n"), *map(visible, self.cells)]
        return max(cell_len(line) for line in lines)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The columns that fit, in order; ``sections`` are the numbers of rows after which a line is drawn.

    ``vertical`` says where short cells stand, and the headings; at the bottom, headings of one line stand beside those
    of two.
    """

    columns: Sequence[Column]
    sections: frozenset[int] = frozenset()
    caption: str | None = None
    vertical: Literal["top", "bottom"] = "bottom"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table for this width."""
        shown = self.fitting(options.max_width)
        table = Table(caption=self.caption, header_style="bold", show_edge=False, pad_edge=False)
        for column in shown:
            table.add_column(
                column.heading,
                justify=column.justify,
                no_wrap=column.least is None,
                overflow="fold",
                vertical=self.vertical,
            )
        for number, cells in enumerate(zip(*(column.cells for column in shown), strict=True)):
            # Names come from the log: neither markup nor control characters of theirs may reach the terminal.
            table.add_row(*(Text(visible(cell)) for cell in cells), end_section=number in self.sections)
        yield table

    def fitting(self, width: int) -> list[Column]:
        """The columns for a width."""
        left = width + BETWEEN
        kept: set[int] = set()
        for at in sorted(range(len(self.columns)), key=lambda at: self.columns[at].rank):
            needed = self.columns[at].width + BETWEEN
            if needed <= left or not self.columns[at].rank:
                kept.add(at)
                left -= needed
        return [self.columns[at] for at in sorted(kept)]
