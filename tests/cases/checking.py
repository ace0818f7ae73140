"""Runs a case and compares what comes of it with what it expects."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests import command
from tests.cases.case import Case, Outcome
from tests.cases.running import Served
from tests.parts import setup_body

TOLD = re.compile(r"^.*\b(?:INFO|WARNING|ERROR)\b.*$", re.MULTILINE)


def serve(case: Case, served: Served, project: int) -> Outcome:
    """Connect a project and ask for predictions, as Label Studio does.

    Args:
        case: which.
        served: what serves it.
        project: a number of its own, so that no answer to another case's is there already.
    """
    outcome, standin = Outcome(), served.standins[case.name]
    mark = len(served.child.output())
    if _connect(case, served, f"{project}.1", outcome) and not case.expect.get("setup_only"):
        _predict(case, served, f"{project}.1", outcome)
    # All that a request has to say is in the log before its answer.
    _check_log(case, served.child.output()[mark:], outcome)
    _check_requests(case, standin.requests, outcome)
    texts = [str(value) for task in case.tasks for value in task["data"].values()]
    seen = served.proxy.text if served.proxy else ""
    outcome.want(not any(text in seen for text in texts), "a proxy outside got the task's text")
    outcome.want(not standin.problem, f"the stand-in broke: {standin.problem}")
    return outcome


def _connect(case: Case, served: Served, project: str, outcome: Outcome) -> bool:
    """Post to /setup; say whether the project is connected."""
    answer = served.post(f"{case.name}/setup", setup_body(case.config, project))
    reason, connected = answer.reason_phrase, answer.status_code == 200
    outcome.got["setup"] = str(answer.status_code) if connected else f"{answer.status_code} {reason}"
    is_right = answer.status_code == case.expect.get("setup", 200)
    may_refuse = case.expect.get("setup_may_refuse", False) and not connected
    outcome.want(is_right or may_refuse, f"/setup answered {outcome.got['setup']}")
    if words := case.expect.get("setup_says"):
        outcome.want(_any(words, reason), f"/setup says {reason!r}, none of {words}")
    return connected


def _predict(case: Case, served: Served, project: str, outcome: Outcome) -> None:
    body = {"project": project, "label_config": case.config, "tasks": case.tasks, "params": {"context": None}}
    answer = served.post(f"{case.name}/predict", body)
    predictions = answer.json().get("results", []) if answer.is_success else []
    results = [prediction.get("result") if prediction else None for prediction in predictions]
    count = sum(map(bool, predictions))
    outcome.got |= {"predict": answer.status_code, "predicted": count, "results": results}
    wanted = case.expect.get("predicted", count)
    outcome.want(count == wanted, f"{count} of {len(case.tasks)} tasks predicted, not {wanted}")
    if (wanted := case.expect.get("results")) is not None:
        outcome.want(_holds(results, wanted), f"results are not {json.dumps(wanted, ensure_ascii=False)}")


def _check_log(case: Case, log: str, outcome: Outcome) -> None:
    outcome.got["log"] = TOLD.findall(log)
    if words := case.expect.get("log_says"):
        outcome.want(_any(words, log), f"the log has none of {words}")
    for word in case.expect.get("log_lacks", []):
        outcome.want(not _any([word], log), f"the log says {word!r}")


def _check_requests(case: Case, requests: Sequence[Mapping[str, Any]], outcome: Outcome) -> None:
    outcome.got["requests"] = len(requests)
    sent = json.dumps(requests, ensure_ascii=False)
    for word in case.expect.get("sent", []):
        outcome.want(word in sent, f"the model was not sent {word!r}")
    for word in case.expect.get("not_sent", []):
        outcome.want(word not in sent, f"the model was sent {word!r}")
    outcome.want(
        len(requests) <= case.expect.get("requests_at_most", len(requests)), f"{len(requests)} requests were made"
    )


def _any(words: Iterable[str], text: str) -> bool:
    return any(word.lower() in text.lower() for word in words)


def _holds(got: Any, wanted: Any) -> bool:
    """Say whether all that is wanted is there; dictionaries may hold more."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(key in got and _holds(got[key], value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(_holds, got, wanted))
    return bool(wanted == got)


def redact(cases: Sequence[Case]) -> dict[str, Outcome]:
    """Put all texts of cases through one `labelguard redact --json`; returns what came of each case, by name."""
    texts = [(case, text) for case in cases for text in case.texts]
    lines = [
        json.dumps({"id": place, "text": text["text"]}, ensure_ascii=False) for place, (_, text) in enumerate(texts)
    ]
    done = command.run("redact", "--json", "--explain", stdin="\n".join([*lines, ""]))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(texts):
        raise RuntimeError(f"redact ended with {done.returncode}: {done.stderr[-2000:]}")
    outcomes = {case.name: Outcome([], {"redacted": []}) for case in cases}
    for (case, text), answer in zip(texts, answers, strict=True):
        outcomes[case.name].got["redacted"].append(answer.get("redacted", answer.get("error")))
        outcomes[case.name].problems += _misses(text, answer.get("spans", []))
    return outcomes


def _misses(expected: Mapping[str, Any], spans: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what is not as a text of a redaction case wants it."""
    text = expected["text"]
    hidden = {place for span in spans for place in range(span["start"], span["end"])}
    for value, places in _places(text, expected.get("hide", ())):
        left = "".join(text[place] for place in places if place not in hidden and text[place].isalnum())
        if left:
            yield f"leaks {left!r} of {value!r}"
    for value, places in _places(text, expected.get("keep", ())):
        if hidden.intersection(places):
            yield f"hides {value!r} as {'/'.join(sorted(_types(spans, places)))}"
    for value, kind in expected.get("type", {}).items():
        start = text.index(value)
        types = _types(spans, range(start, start + len(value)))
        if types and kind not in types:
            yield f"{value!r} is a {'/'.join(sorted(types))}, not a {kind}"
    for span in spans:
        if span["entity_type"] in expected.get("no_type", ()):
            yield f"{text[span['start'] : span['end']]!r} is a {span['entity_type']}"


def _places(text: str, values: Iterable[str]) -> Iterator[tuple[str, range]]:
    """Yield each place where a value stands."""
    for value in values:
        for match in re.finditer(re.escape(value), text):
            yield value, range(*match.span())


def _types(spans: Iterable[Mapping[str, Any]], places: range) -> set[str]:
    """Return the types of all that shares a place."""
    return {span["entity_type"] for span in spans if span["start"] < places.stop and span["end"] > places.start}
