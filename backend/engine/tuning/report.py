"""What came of tuning a prompt → one HTML page, with old and new side by side. It needs no network and no scripts."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from math import isnan

import yaml
from markupsafe import Markup, escape

from backend.engine.tuning.outcome import GOES_ON, TuningOutcome
from backend.evaluate.labels.page import figure, whole_percent
from backend.evaluate.labels.resampling import Estimate
from backend.system.html_page import render_page


def tuning_page(outcome: TuningOutcome, written: str) -> str:
    """Write the page. No text of a task stands in it.

    Args:
        outcome: what it tells.
        written: where the new prompt stands, as a policy names it; "" if it was not written.
    """
    figures = [("to choose by", outcome.chosen), ("to test by", outcome.tested)]
    return render_page(
        "backend.engine.tuning",
        "report",
        {"figure": figure, "percent": whole_percent, "gain": gain, "scalar": _scalar},
        outcome=outcome,
        written=written,
        goes_on=GOES_ON,
        figures=[(name, found) for name, found in figures if found],
        parts=", ".join(f"{count} tasks were {part.value}" for part, count in outcome.parts.items()),
        left_out=[(reason, count) for reason, count in outcome.left_out.most_common() if count],
        difference=side_by_side(outcome.old, outcome.new) if outcome.new else "",
    )


def _scalar(text: str) -> str:
    """Write a text as YAML has it, with quotes where it would be something else without."""
    return yaml.safe_dump(text, allow_unicode=True, width=len(text) + 9).removesuffix("\n").removesuffix("\n...")


def gain(found: Estimate) -> str:
    """Write by how much something is above, with its interval."""
    interval = "" if isnan(found.low) else f" ({found.low:+.2f} to {found.high:+.2f})"
    return f"{found.value:+.3f}{interval}"


def side_by_side(old: str, new: str) -> Markup:
    """Write two texts as the rows of a table, line beside line, with what differs marked."""
    rows = Markup().join(_rows(old.splitlines(), new.splitlines()))
    head = Markup("<thead><tr><th>old</th><th>new</th></tr></thead>")
    return Markup('<table class="sides">{}<tbody>{}</tbody></table>').format(head, rows)


def _rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Markup]:
    row = Markup('<tr><td class="{}">{}</td><td class="{}">{}</td></tr>')
    for said, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for left, right in zip_longest(old[start:end], new[first:last]):
            if said == "equal":
                yield row.format("", left, "", right)
            else:
                marked = _marked(left or "", right or "")
                yield row.format("" if left is None else "gone", marked[0], "" if right is None else "made", marked[1])


def _marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Mark the words in which two lines differ."""
    if not old or not new:
        return escape(old), escape(new)
    one, other = old.split(" "), new.split(" ")
    sides: tuple[list[Markup], list[Markup]] = [], []
    for said, start, end, first, last in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        for side, words in zip(sides, (one[start:end], other[first:last]), strict=True):
            if words:
                side.append(escape(" ".join(words)) if said == "equal" else _mark(" ".join(words)))
    return Markup(" ").join(sides[0]), Markup(" ").join(sides[1])


def _mark(words: str) -> Markup:
    return Markup("<mark>{}</mark>").format(words)
