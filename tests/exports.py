"""Exports of Label Studio, written by hand: what a real one looks like is in tests/fixtures/exports/."""

from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
_numbers = count(1)


def when(minute):
    """Return a minute of the day as Label Studio writes it."""
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def choice(*labels, control="mood", kind="choices", **others):
    return {"from_name": control, "to_name": "text", "type": kind, "value": {kind: list(labels)}, **others}


def span(start, end, label, text="", control="who", **others):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"from_name": control, "to_name": "text", "type": "labels", "value": value, **others}


def rating(stars, control="stars"):
    return {"from_name": control, "to_name": "text", "type": "rating", "value": {"rating": stars}}


def written(*lines, control="summary"):
    return {"from_name": control, "to_name": "text", "type": "textarea", "value": {"text": list(lines)}}


def ranked(*items, control="order"):
    return {"from_name": control, "to_name": "text", "type": "ranker", "value": {"ranker": {"rank": list(items)}}}


def annotation(*results, by=1, minute=0, **others):
    """Write an annotation, made in a minute of the day."""
    times = {"created_at": when(minute), "updated_at": when(minute)}
    return {"id": next(_numbers), "completed_by": by, "result": list(results), "lead_time": 4.0, **times, **others}


def prediction(*results, version="v1", score=None, minute=60):
    """Write a prediction, made in a minute of the day: by default after the annotations."""
    about = {"model_version": version, "score": score, "created_at": when(minute)}
    return {"id": next(_numbers), "result": list(results), **about}


def task(annotations=(), predictions=(), text="The pump is broken.", **others):
    """Write a task of project 7."""
    said = {"annotations": list(annotations), "predictions": list(predictions)}
    return {"id": next(_numbers), "project": 7, "data": {"text": text}, **said, **others}
