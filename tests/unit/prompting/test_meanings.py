"""What a control is about is said by the config alone: no prompt of ours says that more of it is better."""

import re

import pytest

from backend.labelstudio.config import build_plan
from backend.prompting.answer_form import any_question
from backend.prompting.templates import Prompts
from tests.parts import HANDLERS

JUDGES = re.compile(r"\b(best|better|good|worst|worse|bad|positive|negative|prefer\w*)\b", re.IGNORECASE)
TEXT = '<Text name="text" value="$text"/>'
TWO = '<Text name="a" value="$a"/><Text name="b" value="$b"/>'
LIST = '<List name="text" value="$items"/>'
CONTROLS = {
    "Choices": f'{TEXT}<Choices name="how_toxic" toName="text"><Choice value="a"/><Choice value="b"/></Choices>',
    "Taxonomy": f'{TEXT}<Taxonomy name="how_toxic" toName="text"><Choice value="a"/><Choice value="b"/></Taxonomy>',
    "Labels": f'{TEXT}<Labels name="how_toxic" toName="text"><Label value="a"/></Labels>',
    "Rating": f'{TEXT}<Rating name="how_toxic" toName="text" maxRating="7"/>',
    "Number": f'{TEXT}<Number name="how_toxic" toName="text" min="0" max="10"/>',
    "DateTime": f'{TEXT}<DateTime name="how_toxic" toName="text"/>',
    "TextArea": f'{TEXT}<TextArea name="how_toxic" toName="text"/>',
    "Pairwise": f'{TWO}<Pairwise name="how_toxic" toName="a,b"/>',
    "Ranker": f'{LIST}<Ranker name="how_toxic" toName="text"/>',
    "buckets": f'{LIST}<Ranker name="how_toxic" toName="text"><Bucket name="x" title="X"/></Ranker>',
}
ORDERED = ("Rating", "Ranker", "buckets", "Pairwise", "Number")


def prompt(controls, header=""):
    said = f'<Header value="{header}"/>' if header else ""
    plan = build_plan(f"<View>{said}{controls}</View>", HANDLERS)
    return Prompts().questions(any_question(plan, HANDLERS), HANDLERS)


@pytest.mark.parametrize("controls", CONTROLS.values(), ids=CONTROLS)
def test_no_meaning_is_put_into_the_configs_mouth(controls):
    assert not JUDGES.search(prompt(controls))


@pytest.mark.parametrize("kind", ORDERED)
@pytest.mark.parametrize("header", ["How urgent is it?", "1 = bad, 5 = good", "Most harmful first"])
def test_the_configs_words_say_what_it_is_about(kind, header):
    assert header in prompt(CONTROLS[kind], header)


@pytest.mark.parametrize("kind", ORDERED)
def test_the_name_says_it_where_nothing_else_does(kind):
    assert "how toxic" in prompt(CONTROLS[kind])


def test_which_end_is_which_is_left_to_the_config():
    assert "1 for the least and 7 for the most of it" in prompt(CONTROLS["Rating"])
    assert "if no other order is named" in prompt(CONTROLS["Rating"])


def test_within_a_region_too():
    inner = '<Labels name="ner" toName="text"><Label value="P"/></Labels>'
    inner += '<Rating name="how sure" toName="text" perRegion="true"/>'
    assert '"text": its words exactly as they stand there, "how_sure" (how sure): a whole number from 1 to 5' in prompt(
        f"{TEXT}{inner}"
    )
