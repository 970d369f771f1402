"""The risk-coverage plot as an SVG that stands alone: no script, no font or style from elsewhere, light and dark."""

from collections.abc import Sequence
from html import escape

from slm_instrument.card.curve import Point, least_agreement, point_at, risk_coverage
from slm_instrument.card.facts import Card, one_line, percent
from slm_instrument.errors import InputError

WIDTH, HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 76  # around the area of the plot
_LONGEST_TITLE = 64  # characters

# Plain rules: not every program that shows an SVG knows variables. Those that do not know @media stay light.
_STYLE = """
svg { background: #fff; font: 13px system-ui, sans-serif; }
text { fill: #6b7280; } .title { fill: #1f2430; font-size: 16px; font-weight: 600; }
.grid { stroke: #e5e7eb; } .curve { fill: none; stroke: #2563eb; stroke-width: 2; }
.band { fill: #2563eb; opacity: 0.15; } .target { stroke: #b45309; stroke-dasharray: 6 4; }
.mark { fill: #15803d; } .gate { stroke: #15803d; } .certified { fill: #15803d; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  svg { background: #14171f; } text { fill: #9ca3af; } .title { fill: #e5e7eb; } .grid { stroke: #2b303b; }
  .curve { stroke: #60a5fa; } .band { fill: #60a5fa; } .target { stroke: #fbbf24; }
  .mark, .certified { fill: #4ade80; } .gate { stroke: #4ade80; }
}
"""


def to_svg(card: Card) -> str:
    """The plot of a card.

    Raises:
        InputError: the bundle keeps no scores of held-out calls, or its gate refuses all of them.
    """
    certificate = card.manifest.certificate
    points = risk_coverage(card.certified_on, certificate.confidence)
    if not points:
        raise InputError("there is nothing to draw: the bundle has no calibration call that a gate could accept")
    area = _Area(least_agreement(points, certificate.target))
    name = one_line(card.manifest.task_name)
    title = name if len(name) <= _LONGEST_TITLE else f"{name[: _LONGEST_TITLE - 1]}…"
    calls = points[0].calls
    standing = f"{'RETIRED; ' if card.retired is not None else ''}{certificate.verdict}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(f'{title}: agreement with the teacher by coverage')}</title><style>{_STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="28">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="47">{standing}; {calls:,} calibration calls, the surest first</text>',
        *area.grid(certificate.confidence),
        area.band(points),
        area.curve(points),
    ]
    threshold = certificate.threshold
    certified = None if threshold is None else point_at(card.certified_on, threshold, certificate.confidence)
    # Where the gate's line is not: it would cross the word.
    parts.append(area.target(certificate.target, at_left=certified is None or certified.coverage > 0.5))
    if certified is not None:
        parts.append(area.certified(certified))
    return "\n".join([*parts, "</svg>", ""])


class _Area:
    """The area of the plot: coverage from left to right, agreement from ``least`` at the bottom to 1 at the top."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._right, self._bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def grid(self, confidence: float) -> list[str]:
        """Lines, figures and names of the axes."""
        lines: list[str] = []
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            x = self._x(share)
            lines.append(f'<text x="{x:.1f}" y="{self._bottom + 20}" text-anchor="middle">{share * 100:.0f} %</text>')
        apart = next(step for step in (5, 10, 25) if 1 - self._least <= 6 * step / 100 or step == 25)
        for share in range(100, round(100 * self._least) - 1, -apart):
            agreement = share / 100
            y = self._y(agreement)
            lines.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{self._right}"/>')
            lines.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>')
        middle = (_LEFT + self._right) / 2
        names = (
            "coverage: share of calls answered",
            f"line: agreement on them; band: exact one-sided {percent(confidence)} bounds at each point",
        )
        for below, name in zip((42, 62), names, strict=True):
            lines.append(f'<text x="{middle}" y="{self._bottom + below}" text-anchor="middle">{name}</text>')
        return lines

    def band(self, points: Sequence[Point]) -> str:
        """The uncertainty around the curve."""
        above = [f"{self._x(point.coverage):.1f} {self._y(point.high):.1f}" for point in points]
        below = [f"{self._x(point.coverage):.1f} {self._y(point.low):.1f}" for point in reversed(points)]
        return f'<path class="band" d="M{"L".join(above + below)}Z"/>'

    def curve(self, points: Sequence[Point]) -> str:
        """The agreement that was seen."""
        places = [f"{self._x(point.coverage):.1f} {self._y(point.agreement):.1f}" for point in points]
        return f'<path class="curve" d="M{"L".join(places)}"/>'

    def target(self, target: float, *, at_left: bool) -> str:
        """The agreement to be certified."""
        y = self._y(target)
        x, anchor = (_LEFT + 6, "start") if at_left else (self._right, "end")
        return (
            f'<path class="target" d="M{_LEFT} {y:.1f}H{self._right}"/>'
            f'<text x="{x}" y="{y + 16:.1f}" text-anchor="{anchor}">target {percent(target)}</text>'
        )

    def certified(self, point: Point) -> str:
        """Where the gate stands."""
        x, y = self._x(point.coverage), self._y(point.agreement)
        anchor, beside = ("end", -10) if point.coverage > 0.5 else ("start", 10)
        words = f"certified: {percent(point.coverage)} answered, {percent(point.agreement)} agree"
        foot = self._bottom - 12  # where curves seldom are
        return (
            f'<path class="gate" d="M{x:.1f} {y:.1f}V{self._bottom}"/>'
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
            f'<text class="certified" x="{x + beside:.1f}" y="{foot}" text-anchor="{anchor}">{words}</text>'
        )

    def _x(self, coverage: float) -> float:
        return _LEFT + coverage * (self._right - _LEFT)

    def _y(self, agreement: float) -> float:
        share = max(0.0, (agreement - self._least) / (1 - self._least))
        return self._bottom - share * (self._bottom - _TOP)
