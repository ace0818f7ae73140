"""What we answer, as OpenAPI: the ways that the server has are made of the same table."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from backend import __version__

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A path and its method.

    Attributes:
        summary: what it does.
        needs_auth: whether Basic auth is asked for, where it is set.
        has_prefix: whether it exists below a prefix too, by which a policy rule may tell projects apart.
        body: JSON Schema of its request, if it has one.
        answer: JSON Schema of its answer; None for text.
        problems: the statuses of its errors.
    """

    path: str
    method: Literal["GET", "POST"]
    summary: str
    needs_auth: bool = True
    has_prefix: bool = True
    body: JSON | None = None
    answer: JSON | None = field(default_factory=dict)
    problems: tuple[int, ...] = ()


def _object(required: tuple[str, ...] = (), **properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(required)}


_TEXT: JSON = {"type": "string"}
_PROJECT: JSON = {"type": ["string", "integer", "null"], "description": "ID.TIMESTAMP"}
_TASK = _object(id={"type": "integer"}, data={"type": "object"}, meta={"type": "object"})
_CONTEXT = _object(result={"type": "array", "items": {"type": "object"}})
_PREDICTION = _object(
    result={"type": "array", "items": {"type": "object"}}, model_version=_TEXT, score={"type": "number"}
)
_SETUP = _object(("schema",), schema={**_TEXT, "description": "the label config"}, project=_PROJECT)
_PREDICT = _object(
    ("tasks", "label_config"),
    tasks={"type": "array", "items": _TASK},
    label_config=_TEXT,
    project=_PROJECT,
    params=_object(context={**_CONTEXT, "type": ["object", "null"]}),
)
_PREDICTIONS = _object(("results",), results={"type": "array", "items": _PREDICTION, "description": "{} for none"})
_HEALTH = _object(("status", "version"), status={"const": "UP"}, version=_TEXT, policy={"type": "object"})
_READY = _object(("status",), status={"const": "READY"})
_VERSIONS = _object(("versions",), versions={"type": "array", "items": _TEXT})
_JOB = _object(
    ("project", "queued", "running", "done", "failed", "per_minute", "seconds_left", "again"),
    project=_TEXT,
    queued={"type": "integer"},
    running={"type": "integer"},
    done={"type": "integer"},
    failed={"type": "integer"},
    per_minute={"type": "number"},
    seconds_left={"type": ["integer", "null"]},
    again={"type": "object", "additionalProperties": {"type": "integer"}},
)
_JOBS = _object(("jobs",), jobs={"type": "array", "items": _JOB})
_PARAMETER: JSON = {"in": "path", "required": True, "schema": {**_TEXT, "pattern": "^[^/]+$"}}
_PLANNED = (400, 403, 413, 422, 503)

WAYS: tuple[Route, ...] = (
    Route("/", "GET", "Say that the server is up", has_prefix=False, answer=_HEALTH),
    Route("/health", "GET", "Say that the server is up", answer=_HEALTH),
    # For whoever starts servers, who has no password. It says nothing else.
    Route(
        "/ready",
        "GET",
        "Say whether all is loaded that predicting needs",
        needs_auth=False,
        has_prefix=False,
        answer=_READY,
        problems=(503,),
    ),
    Route(
        "/setup",
        "POST",
        "Say which version of predictions a project would get, and which tags get none; or why nothing does",
        body=_SETUP,
        answer=_object(("model_version",), model_version=_TEXT, left_out={"type": "array", "items": _TEXT}),
        problems=_PLANNED,
    ),
    Route("/predict", "POST", "Predict tasks, in order", body=_PREDICT, answer=_PREDICTIONS, problems=_PLANNED),
    Route("/versions", "GET", "List the versions that /setup answered lately", answer=_VERSIONS),
    Route("/metrics", "GET", "Give the metrics in Prometheus' text format", answer=None),
    Route(
        "/jobs",
        "GET",
        "Say how what goes on behind requests stands, by project",
        has_prefix=False,
        answer=_JOBS,
        problems=(503,),
    ),
    Route("/openapi.json", "GET", "Give this description", answer={"type": "object"}, has_prefix=False),
    # Label Studio registers webhooks without the backend's Basic auth: they bring a secret, in one of several ways.
    Route(
        "/webhook",
        "POST",
        "Take an event of Label Studio's, with the secret in a header or as password",
        needs_auth=False,
        body=_object(action=_TEXT),
        answer=_object(("status",), status={"const": "ok"}),
        problems=(400, 401, 413, 503),
    ),
    Route(
        "/webhook/{secret}",
        "POST",
        "Take an event of Label Studio's, with the secret in the path",
        needs_auth=False,
        body=_object(action=_TEXT),
        answer=_object(("status",), status={"const": "ok"}),
        problems=(400, 401, 413, 503),
    ),
)


@cache
def describe() -> JSON:
    """Return the description, as OpenAPI 3.1."""
    paths: JSON = {}
    for way in WAYS:
        for path in (way.path, "/{path}" + way.path) if way.has_prefix else (way.path,):
            named = [{**_PARAMETER, "name": name} for name in ("path", "secret") if f"{{{name}}}" in path]
            paths[path] = {way.method.lower(): {**_operation(way), **({"parameters": named} if named else {})}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Labelguard", "version": __version__},
        "paths": paths,
        "components": {
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
            "schemas": {"Problem": _object(("error", "detail"), error=_TEXT, detail=_TEXT)},
        },
    }


def _operation(way: Route) -> JSON:
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer = {"text/plain": {"schema": _TEXT}} if way.answer is None else {"application/json": {"schema": way.answer}}
    statuses = sorted({*way.problems, *((401,) if way.needs_auth else ())})
    responses = {"200": {"description": way.summary, "content": answer}}
    responses |= {str(status): {"description": "why not", "content": problem} for status in statuses}
    operation: JSON = {"summary": way.summary, "responses": responses}
    if way.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": way.body}}}
    if way.needs_auth:
        operation["security"] = [{}, {"basic": []}]
    return operation
