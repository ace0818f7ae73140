"""Pictures of a page, as SVG that stands in it: the page's style has the colours, for light and for dark."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan

from backend.evaluate.labels.calibration import ReliabilityBin
from backend.evaluate.labels.resampling import Estimate

MOST_LABELS = 24
"""Labels of a confusion matrix that are drawn."""
CELL = 26
SIDE = 200
LONGEST_LABEL = 40
BAR = 22


def draw_reliability(bins: Sequence[ReliabilityBin]) -> str:
    """Draw a reliability diagram: the score against the share that is right; the size says how many there are."""
    left, top = 40, 10
    most = max(found.count for found in bins)
    marks = [
        _line("grid", left, top + SIDE * (1 - tick / 4), left + SIDE, top + SIDE * (1 - tick / 4)) for tick in range(5)
    ]
    marks += [_text(left - 6, top + SIDE * (1 - t / 2) + 4, f"{t / 2:g}", "end") for t in range(3)]
    marks += [_text(left + SIDE * t / 2, top + SIDE + 16, f"{t / 2:g}", "middle") for t in range(3)]
    marks.append(_line("ideal", left, top + SIDE, left + SIDE, top))
    points = [(left + SIDE * b.score, top + SIDE * (1 - b.right), b) for b in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    marks.append(f'<polyline class="curve" points="{path}"/>')
    for x, y, found in points:
        said = f"score {found.score:.2f}: {found.right:.0%} of {found.count:,} right"
        radius = 3 + 5 * (found.count / most) ** 0.5
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{said}</title></circle>')
    marks.append(_text(left + SIDE / 2, top + SIDE + 32, "score", "middle"))
    marks.append(_text(left, top + SIDE + 48, "upwards: the share that is right", "start"))
    marks.append(_text(left, top + SIDE + 64, "on the line: as sure as it says", "start"))
    return _svg(360, SIDE + 80, "Reliability diagram", marks)


def draw_confusion(confusion: Mapping[tuple[str, str], int]) -> str:
    """Draw a confusion matrix: rows are truths, columns predictions; of very many labels the most frequent."""
    labels = _frequent(confusion)
    left, top = 14 + 7 * max(map(len, map(_short, labels))), 20 + 5 * max(map(len, map(_short, labels)))
    by_row = {truth: sum(confusion.get((truth, other), 0) for other in labels) or 1 for truth in labels}
    marks = []
    for row, truth in enumerate(labels):
        y = top + CELL * row
        marks.append(_text(left - 6, y + CELL / 2 + 4, _short(truth), "end", truth))
        marks.append(_slanted(left + CELL * row + CELL / 2, top - 6, _short(truth), truth))
        for column, guess in enumerate(labels):
            count = confusion.get((truth, guess), 0)
            x = left + CELL * column
            kind = "hit" if truth == guess else "miss"
            title = escape(f"{truth} → {guess}: {count:,}")
            shade = count / by_row[truth]
            marks.append(
                f'<rect class="{kind}" x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}"'
                f' fill-opacity="{shade:.2f}"><title>{title}</title></rect>'
            )
            if count:
                marks.append(_text(x + CELL / 2 - 1, y + CELL / 2 + 3, f"{count}", "middle", small=True))
    width = left + CELL * len(labels) + 6 * max(map(len, map(_short, labels))) + 10
    return _svg(width, top + CELL * len(labels) + 6, "Confusion: rows are what people said", marks)


def draw_intervals(figures: Mapping[str, Estimate]) -> str:
    """Draw figures from 0 to 1 with their intervals, one under the other, such as one for each version."""
    left = 20 + 7 * max(map(len, map(_short, figures)))
    marks = [_line("grid", left + SIDE * t / 4, 4, left + SIDE * t / 4, 8 + BAR * len(figures)) for t in range(5)]
    marks += [_text(left + SIDE * t / 2, 24 + BAR * len(figures), f"{t / 2:g}", "middle") for t in range(3)]
    for row, (name, found) in enumerate(figures.items()):
        y = 8 + BAR * row + BAR / 2
        marks.append(_text(left - 8, y + 4, _short(name), "end", name))
        if isnan(found.value):
            continue
        if not isnan(found.low):
            marks.append(_line("range", left + SIDE * found.low, y, left + SIDE * found.high, y))
        at = left + SIDE * found.value
        marks.append(f'<circle class="dot" cx="{at:.1f}" cy="{y:.1f}" r="5"><title>{found.value:.3f}</title></circle>')
        marks.append(_text(left + SIDE + 10, y + 4, f"{found.value:.3f}", "start"))
    return _svg(left + SIDE + 60, 34 + BAR * len(figures), "Figures with their intervals", marks)


def _frequent(confusion: Mapping[tuple[str, str], int]) -> list[str]:
    """Return the labels to draw: those that stand in most pairs, in alphabetical order."""
    counts: dict[str, int] = {}
    for pair, count in confusion.items():
        for label in {*pair}:
            counts[label] = counts.get(label, 0) + count
    return sorted(sorted(counts, key=lambda label: -counts[label])[:MOST_LABELS])


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _svg(width: float, height: float, title: str, marks: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img">'
    return f"{head}<title>{escape(title)}</title>{''.join(marks)}</svg>"


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str, title: str = "", *, small: bool = False) -> str:
    whole = f"<title>{escape(title)}</title>" if title and title != words else ""
    kind = ' class="small"' if small else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}{whole}</text>'


def _slanted(x: float, y: float, words: str, title: str) -> str:
    whole = f"<title>{escape(title)}</title>" if title != words else ""
    turned = f'transform="rotate(-50 {x:.1f} {y:.1f})"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {turned}>{escape(words)}{whole}</text>'
