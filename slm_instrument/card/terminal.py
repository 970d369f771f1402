"""A card for a terminal of any width, with the risk-coverage plot in characters."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from slm_instrument.card.curve import Point, least_agreement, point_at, risk_coverage
from slm_instrument.card.facts import Card, one_line
from slm_instrument.store.base import Verdict

WIDTH, HEIGHT = 64, 14  # characters of the plot's area, at most
_AXIS = 6  # characters left of it: "100 % "
_COLOURS = {Verdict.CERTIFIED: "green", Verdict.INSUFFICIENT: "yellow", Verdict.FAILED: "red"}


def render(card: Card) -> RenderableType:
    """The card. Names come from logs: neither markup nor control characters of theirs reach the terminal."""
    manifest = card.manifest
    parts: list[RenderableType] = [
        Text(one_line(manifest.task_name), style="bold"),
        Text(card.verdict, style=_COLOURS[manifest.certificate.verdict]),
    ]
    if card.retirement is not None:
        parts.insert(1, Text(card.retirement, style="red"))
    for section in card.sections:
        parts += [Text(), Text(section.title, style="bold"), _pairs(section.rows)]
        if section.title.startswith("What was shown"):
            parts += _plot(card)
    return Group(*parts, Text(), Text("Limits", style="bold"), _pairs([("-", limit) for limit in card.limits]))


def plot_text(card: Card, *, ascii_only: bool = False) -> str:
    """The plot alone, as lines of text; empty when the bundle keeps no scores."""
    plot = _plot_of(card)
    return "" if plot is None else "\n".join(plot.lines(WIDTH, ascii_only))


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, max_width=30, overflow="ellipsis")
    table.add_column(overflow="fold")
    for word, text in rows:
        table.add_row(Text(one_line(word)), Text(one_line(text)))
    return table


@dataclass(frozen=True, slots=True)
class Plot:
    """Agreement by coverage: a curve in its band of uncertainty, the target, and the certified threshold."""

    points: Sequence[Point]
    target: float
    certified: Point | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The plot for this width; in ASCII where the terminal has nothing else."""
        width = max(10, min(WIDTH, options.max_width - _AXIS - 1))
        for line in self.lines(width, options.ascii_only):
            yield Text(line, no_wrap=True)

    def lines(self, width: int, ascii_only: bool) -> list[str]:
        """The plot as lines, its legend last."""
        band, curve, target, mark, corner, bar = ":*-O+|" if ascii_only else "░━╌◆└│"
        least = least_agreement(self.points, self.target)

        def row(agreement: float) -> int:
            return round((1 - agreement) / (1 - least) * (HEIGHT - 1))

        rows = [[" "] * width for _ in range(HEIGHT)]
        rows[row(self.target)] = [target] * width
        for column in range(width):
            point = self._at((column + 1) / width)
            if point is None:
                continue
            for at in range(max(0, row(point.high)), min(HEIGHT, row(point.low) + 1)):
                if rows[at][column] == " ":
                    rows[at][column] = band
            if point.agreement >= least:
                rows[row(point.agreement)][column] = curve
        if self.certified is not None and self.certified.agreement >= least:
            column = max(0, round(self.certified.coverage * width) - 1)
            rows[row(self.certified.agreement)][column] = mark
        labels = {row(value): f"{value:4.0%}" for value in (1.0, (1 + least) / 2, least)} | {
            row(self.target): f"{self.target:4.0%}"
        }
        lines = [f"{labels.get(at, ''):>4} {bar}{''.join(cells)}" for at, cells in enumerate(rows)]
        lines.append(f"{'':5}{corner}{_ruler(width, ascii_only)}")
        lines.append(f"{'':6}0%{'coverage'.center(width - 6)}100%")
        legend = [f"{curve}{curve} agreement", f"{band}{band} its one-sided bounds", f"{target}{target} target"]
        return [*lines, f"{'':6}{'   '.join(legend + ([f'{mark} certified'] if self.certified else []))}"]

    def _at(self, coverage: float) -> Point | None:
        """The loosest point that accepts no more than that share of the calls."""
        return max(
            (point for point in self.points if point.coverage <= coverage), key=lambda p: p.accepted, default=None
        )


def _ruler(width: int, ascii_only: bool) -> str:
    return ("-" if ascii_only else "─") * width


def _plot(card: Card) -> list[RenderableType]:
    plot = _plot_of(card)
    return [] if plot is None else [Text(), plot]


def _plot_of(card: Card) -> Plot | None:
    certificate = card.manifest.certificate
    points = risk_coverage(card.certified_on, certificate.confidence)
    if not points:
        return None
    threshold = certificate.threshold
    certified = None if threshold is None else point_at(card.certified_on, threshold, certificate.confidence)
    return Plot(points, certificate.target, certified)
