"""Label configs that others show: what is planned is answered, and docs/measured/configs.md says so."""

import logging
import random
import re

import pytest

from backend.errors import LabelguardError
from backend.labelstudio.config import build_plan
from tests.bench.configs import PAGE, Example, configs_in, line_of, measured, of_checkout, of_ours, what
from tests.fuzz.label_configs import Maker
from tests.parts import HANDLERS
from tests.peers import peers

LEGIT = re.compile(r"leaves nothing to answer|is a \w+, no list|and it says what is asked")
"""What a random config may ask of one field: a text and a list, or a conversation that is long enough."""


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_none_in_the_table_was_planned_and_failed():
    page = PAGE.read_text(encoding="utf-8")
    counted = re.search(r"^(\d+) configs: (\d+) predicted, (\d+) refused, 0 failed\.$", page, re.MULTILINE)
    assert counted
    total, *parts = map(int, counted.groups())
    assert parts == [page.count("| predicted |"), page.count("| refused |")]
    assert total == sum(parts)
    assert "| failed |" not in page


def not_told(rows):
    """Return what the table does not say as it is."""
    page = PAGE.read_text(encoding="utf-8")
    return [line for line in map(line_of, rows) if line not in page]


def test_the_peers_are_answered_as_the_table_says():
    rows = measured(Example(f"peers: {name}", 1, config) for name, (config, _) in peers().items())
    assert {row.outcome for row in rows} == {"predicted"}
    assert not_told(rows) == []


@pytest.mark.label_studio
def test_the_gallery_fares_as_the_table_says():
    rows = measured(example for example in of_ours() if example.source.startswith("gallery"))
    assert not_told(rows) == []


CHOICES = '<Choice value="A" alias="a"/><Choice value="B"><Choice value="C"/></Choice>'
LABELS = '<Label value="A"/><Label value="B" alias="b" maxUsages="1" granularity="word"/>'
BUCKETS = '<Bucket name="best" title="Best"/><Bucket name="rest" default="true"/>'
REGION = '<Labels name="l" toName="o"><Label value="A"/></Labels>'
ATTRIBUTES = {
    ("Text", f"<Choices {{}}>{CHOICES}</Choices>"): [
        *("", 'choice="multiple"', 'choice="single-radio"', 'choice="other"', 'layout="select"', 'required="true"'),
        *('allowNested="true"', 'allowNested="true" choice="multiple" required="true"', 'value="$options"'),
        *('perItem="true"', 'perRegion="true"', 'visibleWhen="other"', 'visibleWhen="region-selected" required="true"'),
        'visibleWhen="choice-selected" whenTagName="c" whenChoiceValue="A" required="true"',
        'visibleWhen="choice-unselected" whenTagName="nowhere" whenChoiceValue="A" required="true"',
    ],
    ("Text", "<Choices {}/>"): ["", 'value="$options"', 'value="$options" allowNested="true"'],
    ("Text", f"<Taxonomy {{}}>{CHOICES}</Taxonomy>"): [
        *("", 'leafsOnly="true"', 'maxUsages="1"', 'maxUsages="0" required="true"', 'maxUsages="-1"', 'maxUsages="x"'),
        *('apiUrl="https://taxonomy.example"', 'labeling="true"', 'value="$tree"', 'legacy="true" required="true"'),
    ],
    ("Text", f"<Labels {{}}>{LABELS}</Labels>"): [
        *(
            "",
            'choice="multiple"',
            'required="true"',
            'maxUsages="0"',
            'maxUsages="1"',
            'value="$more"',
            'perRegion="true"',
        ),
    ],
    ("HyperText", f"<HyperTextLabels {{}}>{LABELS}</HyperTextLabels>"): ["", 'required="true"', 'value="$more"'],
    ("Paragraphs", f"<ParagraphLabels {{}}>{LABELS}</ParagraphLabels>"): ["", 'required="true"', 'choice="multiple"'],
    ("Text", "<TextArea {}/>"): [
        *("", 'maxSubmissions="1"', 'maxSubmissions="3"', 'maxSubmissions="0"', 'maxSubmissions="-2"', 'value="$text"'),
        *('maxSubmissions="x"', 'required="true"', 'editable="true"', 'placeholder="$text"', 'perRegion="true"'),
    ],
    ("Text", "<Rating {}/>"): [
        *("", 'maxRating="10"', 'maxRating="1"', 'maxRating="0"', 'maxRating="-1"', 'maxRating="x"', 'maxRating="5.0"'),
        *('maxRating="2.5"', 'defaultValue="3"', 'required="true"', 'icon="heart"', 'maxRating="1000000"'),
    ],
    ("Text", "<Number {}/>"): [
        *("", 'min="0" max="10"', 'min="10" max="0"', 'min="0" max="0"', 'step="0"', 'step="0.1"', 'step="-1"'),
        *('min="4" max="5" step="3"', 'min="1.5" step="1"', 'min="x"', 'min="-10" max="-5"', 'defaultValue="7"'),
    ],
    ("Text", "<DateTime {}/>"): [
        *("", 'only="date"', 'only="time"', 'only="year"', 'only="month,year"', 'only="month"', 'only="other"'),
        *('format="%d.%m.%Y"', 'format="%Q"', 'format="no code"', 'format="%-d %b %y" only="date"', 'format="%j"'),
        *('min="2030-01-01"', 'max="1990-01-01"', 'min="2030" max="2000"', 'min="soon"', 'only="year" max="current"'),
        *('only="date" min="2025-01-01" max="2025-01-02"', 'only="year,month,date"', 'only="time" format="%H"'),
        *('format="%e %B %Y"', 'format="%"', 'format="%U %w"', 'format="%G-%V-%u"', 'format="%x %X"'),
    ],
    ("List", "<Ranker {}/>"): ["", 'required="true"'],
    ("List", f"<Ranker {{}}>{BUCKETS}</Ranker>"): ["", 'required="true"'],
    ("Text", f"{REGION}<Choices perRegion='true' {{}}>{CHOICES}</Choices>"): [
        *("", 'required="true"', 'whenTagName="l"', 'whenTagName="nowhere" required="true"', 'whenLabelValue="A"'),
    ],
    ("Text", f"{REGION}<Relations {{}}><Relation value='of'/></Relations>"): ["", 'choice="multiple"'],
    ("Chat", "<Rating {}/>"): ["", 'perRegion="true"'],
    ("Table", "<Rating {}/>"): [""],
}
OBJECTS = [
    *('valueType="url"', 'valueType="text"', 'valueType="json"', 'encoding="none"', 'saveTextResult="no"'),
    *(
        'granularity="word"',
        'nameKey="who" textKey="says"',
        'layout="dialogue"',
        'title="Some $words"',
        'minMessages="2"',
    ),
]
VALUES = ["$o", "$o.p", "$o[0]", "$o[0].p", "$o.0.p", "plain", "$o and $p", "$", "o", ""]


def every_attribute():
    """Yield a config for each attribute of each tag that is served, and for each way to name a field."""
    number = 0
    for (obj, control), variants in ATTRIBUTES.items():
        for variant in variants:
            inner = control.format(f'name="c" toName="o" {variant}')
            number += 1
            yield Example(
                f"attribute {variant} of {control[:20]}", number, f'<View><{obj} name="o" value="$o"/>{inner}</View>'
            )
    for obj in ("Text", "HyperText", "Paragraphs", "List", "Table", "Chat"):
        for shown in [f'value="$o" {more}' for more in OBJECTS] + [f'value="{value}"' for value in VALUES]:
            number += 1
            inner = f'<{obj} name="o" {shown}/><TextArea name="c" toName="o"/><Rating name="r" toName="o"/>'
            yield Example(f"{obj} {shown}", number, f"<View>{inner}</View>")


def test_a_config_with_any_attribute_is_answered_or_refused():
    rows = measured(every_attribute())
    assert [(row.example.source, row.why) for row in rows if row.outcome == "failed"] == []
    assert {row.outcome for row in rows} == {"predicted", "refused"}


def planned():
    for number in range(1500):
        config = Maker(random.Random(f"planned.{number}")).config()
        try:
            build_plan(config, HANDLERS)
        except LabelguardError:
            continue
        yield Example(f"random {number}", 1, config)


def test_what_is_planned_of_random_configs_is_answered():
    rows = measured(planned())
    assert len(rows) > 50
    assert [row for row in rows if row.outcome != "predicted" and not LEGIT.search(row.why)] == []


def test_configs_in_a_text():
    text = """Put <View> around it:
```xml
<View>
  <View style="a > b"><Text name="t" value="$t"/></View><View/>
</View>
```
and `<View className="x" />`, `<Viewer>`, or <View><Rating name="r" toName="t"/></View>."""
    assert list(configs_in(text.replace("Put <View> around", "Put it around"))) == [
        text[text.index("<View>\n") : text.index("\n```\nand")],
        '<View><Rating name="r" toName="t"/></View>',
    ]


def test_a_plain_folder_is_a_source_by_its_note(tmp_path):
    (tmp_path / "tags").mkdir()
    (tmp_path / "SOURCE").write_text("pages read on some day\n")
    config = '<View><Rating name="r" toName="t"/></View>'
    (tmp_path / "tags" / "rating.md").write_text(f"```xml\n{config}\n```\n{config}")
    assert what(tmp_path) == "pages read on some day"
    assert list(of_checkout("docs", tmp_path)) == [Example("docs: tags/rating.md", 1, config)]
