"""What a proposed prompt must hold, and what it must not."""

import pytest

from backend.engine.tuning.candidates import HIDDEN, QUOTED, CandidateCheck
from backend.prompting.templates import Template
from tests.parts import SENTIMENT
from tests.unit.engine.tuning.parts import NAMES, SAID, HintedModel, annotated_tasks, bench

JINJA = "{% if labels %}Choose of {{ labels }}. {% endif %}Judge {{ text }}."


def check(folder, name, seed, text):
    with bench(folder, HintedModel()) as (tuned, _):
        rule = tuned.rule(annotated_tasks(6))
        job = tuned.engine.job(SENTIMENT, "12")
        made = CandidateCheck(
            Template(name, seed), rule.tasks, lambda task, one: tuned.engine.rewritten(job, task.told.ready, one, name)
        )
        return made.refusal(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{% if labels %}Only of {{ labels }}. {% endif %}Look well at {{ text }}.", ""),
        ("{%- if  labels -%}Of {{labels}}. {% endif %}Look at {{ text }} and {{ questions }}.", ""),
        ("Choose of {{ labels }}. Judge {{ text }}.", "it lost a part of the template language"),
        ("{% if labels %}Choose. {% endif %}Judge {{ text }}.", "it lost a part of the template language"),
        ("{% if labels %}Of {{ labels }}. {% endif %}Judge it.", "it lost {text}"),
        (JINJA + "{% for a in range(99999) %}x{% endfor %}", "it is no valid template"),
        (JINJA + "{{ 1/0 }}", "it is no valid template"),
        (JINJA + "{% include 'x' %}", "it is no valid template"),
        (JINJA + "\ud800", "it holds half of a character"),
    ],
)
def test_the_parts_of_a_jinja_template_survive(tmp_path, text, why):
    assert check(tmp_path, "mood.jinja", JINJA, text) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Think. Judge {text} by {labels}.", ""),
        (f"Judge {{text}}. {NAMES[0]} is glad.", HIDDEN),
        (f"Judge {{text}}. {NAMES[0].upper()} is glad.", HIDDEN),
        (f"Judge {{text}}. If {SAID.upper()}: Bad.", QUOTED),
        ("Judge {text}. Of whoever wrote a letter think well.", ""),
    ],
)
def test_no_name_and_no_text_comes_into_a_prompt(tmp_path, text, why):
    assert check(tmp_path, "mood.txt", "Judge {text}.", text) == why


def test_what_the_old_prompt_says_already_is_no_quotation(tmp_path):
    seed = f"Judge {{text}}. If {SAID}, it is Bad."
    assert check(tmp_path, "mood.txt", seed, f"Think. {seed}") == ""


@pytest.mark.parametrize(
    ("name", "seed", "wanted"),
    [
        ("mood.txt", "Judge {text} by {labels}, {text} alone.", ("{text}", "{labels}")),
        ("mood.jinja", JINJA, ("{% if labels %}", "{{ labels }}", "{% endif %}", "{{ text }}")),
    ],
)
def test_who_proposes_is_told_what_must_stay(tmp_path, name, seed, wanted):
    with bench(tmp_path, HintedModel()) as (tuned, _):
        tasks = tuned.rule(annotated_tasks(2)).tasks
    assert CandidateCheck(Template(name, seed), tasks, lambda task, text: None).placeholders == wanted
