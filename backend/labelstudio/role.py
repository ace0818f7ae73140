"""What a task type is to the others: what its controls give, need and show, as its handler declares it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Role:
    """What all controls of a task type are to the rest of a label config, and what their results hold.

    The defaults are those of a control that is asked one question about its object. Whatever it answers is taken for
    words of the model's own.

    Attributes:
        gives_regions: whether its answer is a list, each part of which gives regions that others may be asked about.
        takes_spans: whether these regions are stretches of a text, each with one label, that may be known without an
            answer. Then its handler has `mark`, and a part of its answer has the label under the key `label`.
        relates: whether it relates the regions that others give. It has no name and no object tag of its own, and its
            results have ends in place of a value.
        converses: whether its tag is a conversation, and so its own object tag. Its results are messages, which are
            regions, and each follows those before it.
        asks_itself: whether its object says what is wanted, so that it can be answered where no question is asked.
        offers_labels: whether the tag's `value` names the field of the task that holds its labels.
        fills_results: whether the editor puts values of the task's into its results, where its labels have variables
            such as `$first`; else into the labels of what gives regions alone.
        selects: when a label that it gets shows or hides others by `visibleWhen="choice-selected"`: where they name
            it, or always: also where they name none.
        takes_prompt: whether an annotator may type a prompt into it. Its results' `text` is then a list of texts.
        is_scale: whether a result is a number of a scale, which tells nobody apart: a model may see what was chosen.
        words: keys that lead, in a result's value, to what the model wrote itself: a text, or a list of them. `()`
            where it writes nothing, and a result holds labels, numbers and stretches of the original alone; None for
            every text in the value. What it wrote is looked at for personal data.
    """

    gives_regions: bool = False
    takes_spans: bool = False
    relates: bool = False
    converses: bool = False
    asks_itself: bool = False
    offers_labels: bool = True
    fills_results: bool = False
    selects: Literal["never", "named", "always"] = "never"
    takes_prompt: bool = False
    is_scale: bool = False
    words: tuple[str, ...] | None = None


PLAIN = Role()
"""The role of a control that says nothing of it, or of which nothing is known."""
