"""Label configs that others show: what is planned is answered, and docs/measured/configs.md says so."""

import logging
import random
import re

import pytest

from backend.errors import LabelguardError
from backend.plan import build_plan
from tests.bench.configs import PAGE, Example, configs_in, line_of, measured, of_ours
from tests.fuzz.label_configs import Maker
from tests.parts import HANDLERS
from tests.peers import peers

LEGIT = re.compile(r"leaves nothing to answer|is a str, no list")
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
