"""The last step: each prediction fits its label config (P8) and its spans are exact (P9)."""

import math
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

from backend.errors import AnswerError
from backend.labelstudio.object_text import Content
from backend.labelstudio.types import Control, Plan, Prediction
from backend.labelstudio.xml.interface import parse_config
from backend.system.writing import JSON, is_writable

SPANS = frozenset({"labels", "hypertextlabels", "paragraphlabels"})
DIRECTIONS = frozenset({"left", "right", "bi"})


class Checker:
    """Checks predictions of one label config: by the SDK, and for what the SDK misses by our own rules."""

    def __init__(self, label_config: str) -> None:
        self._interface = parse_config(label_config)

    def check(
        self, prediction: Prediction, plan: Plan, contents: Mapping[str, Content], given: Collection[str] = ()
    ) -> None:
        """Pass a prediction, or refuse it.

        Args:
            prediction: what Label Studio would get.
            plan: bound to the task.
            contents: the originals, by object.
            given: ids of the regions that were there already.

        Raises:
            AnswerError: names the control, never what it holds.
        """
        if prediction.score is not None and not (math.isfinite(prediction.score) and 0 <= prediction.score <= 1):
            raise AnswerError("the prediction's score is not within 0 and 1")
        controls = {control.from_name: control for control in plan.controls}
        relations = next((control for control in plan.controls if control.tag == "Relations"), None)
        regions = {r["id"] for r in prediction.result if r.get("type") in SPANS} | set(given)
        for result in prediction.result:
            control = relations if result.get("type") == "relation" else controls.get(result.get("from_name", ""))
            if control is None:
                raise AnswerError("a result names a control that the label config does not have")
            problem = _problem(control, result, contents, regions)
            if problem:
                raise AnswerError(f"result for {control.tag} {control.from_name!r} {problem}")
        if not is_writable(prediction.payload()):
            raise AnswerError(
                "the prediction holds what JSON cannot, such as half a character - export the data as UTF-8"
            )
        if self._sdk_refuses(prediction, controls):
            raise AnswerError("label-studio-sdk refuses the prediction for this label config")

    def _sdk_refuses(self, prediction: Prediction, controls: Mapping[str, Control]) -> bool:
        chats = {name for name, control in self._interface._controls.items() if control.tag == "Chat"}
        results = [_for_sdk(result, chats, controls.get(str(result.get("from_name")))) for result in prediction.result]
        payload = prediction.payload() | {"result": results}
        # Its errors quote values: whether there are any is all that we take.
        try:
            return bool(self._interface.validate_prediction(payload, return_errors=True))
        except Exception:  # it raises bare errors on shapes that it did not expect
            return True


def _for_sdk(result: JSON, chats: Collection[str], control: Control | None) -> JSON:
    """Return a result as the SDK can check it, where it refuses what is right.

    Of nested choices the parts; of a choice such as `$first`, in which the editor puts a value of the task's, what the
    config says; messages under the type that it wants where the Chat has a `toName`.
    """
    if result.get("type") == "chatmessage" and result.get("from_name") in chats:
        return {**result, "type": "chat"}
    value = result.get("value")
    if result.get("type") != "choices" or not isinstance(value, Mapping):
        return result
    choices = value.get("choices")
    if not isinstance(choices, list):
        return result
    filled = [label for label in control.labels if label.is_variable] if control else []
    own = {label.result: label.attrs.get("alias") or label.attrs["value"] for label in filled}
    parts = [part for choice in choices for part in (choice if isinstance(choice, list) else [choice])]
    return {**result, "value": {**value, "choices": [own.get(part, part) for part in parts]}}


def _problem(control: Control, result: JSON, contents: Mapping[str, Content], regions: Collection[str]) -> str:
    """Return what is wrong with a result, or ""."""
    if control.tag == "Relations":
        return _wrong_relation(control, result, regions)
    value = result.get("value")
    if result.get("to_name") != control.to_name:
        return "has a wrong to_name"
    kind = "chatmessage" if control.tag == "Chat" else control.tag.lower()
    if result.get("type") != kind or not isinstance(value, Mapping):
        return "has a wrong type"
    if control.per_region and result.get("id") not in regions:
        return "is about no region"
    content = contents[control.to_name]
    if kind in SPANS:
        most = len(control.labels) if control.attrs.get("choice") == "multiple" else 1
        return _wrong_names(_results(control), value.get(kind), most) or _wrong_span(value, content)
    check = {
        "choices": _wrong_choices,
        "taxonomy": _wrong_paths,
        "textarea": _wrong_texts,
        "rating": _wrong_rating,
        "number": _wrong_number,
        "datetime": _wrong_moment,
        "pairwise": _wrong_side,
        "ranker": lambda c, v: _wrong_ranks(c, v, content),
        "chatmessage": _wrong_message,
    }
    return check[kind](control, value) if kind in check else ""


def _results(control: Control) -> set[str]:
    return {label.result for label in control.labels}


def _wrong_choices(control: Control, value: Mapping[str, Any]) -> str:
    most = len(control.labels) if control.attrs.get("choice") == "multiple" else 1
    given = value.get("choices")
    if not control.flag("allowNested"):
        return _wrong_names({label.result for label in control.labels if len(label.path) == 1}, given, most)
    return _wrong_tree(given, {label.path for label in control.labels if label.is_leaf}, most)


def _wrong_paths(control: Control, value: Mapping[str, Any]) -> str:
    paths = {label.path for label in control.labels if label.is_leaf or not control.flag("leafsOnly")}
    return _wrong_tree(value.get("taxonomy"), paths, int(max(control.number("maxUsages") or 0, 0)) or len(paths))


def _wrong_tree(given: Any, paths: Collection[tuple[str, ...]], most: int) -> str:
    if not isinstance(given, list) or not given or not all(isinstance(path, list) for path in given):
        return "is no list of paths"
    found = [tuple(map(str, path)) for path in given]
    if not set(found) <= set(paths):
        return "has a path that the tree does not have"
    return _wrong_count(found, most)


def _wrong_names(allowed: Collection[str], given: Any, most: int) -> str:
    if not _is_list_of_texts(given) or not set(given) <= set(allowed):
        return "has a label that the config does not have"
    return _wrong_count(given, most)


def _wrong_count(given: Collection[Any], most: int) -> str:
    if len(set(given)) < len(given):
        return "has a label twice"
    return "has too many labels" if len(given) > most else ""


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _wrong_texts(control: Control, value: Mapping[str, Any]) -> str:
    texts = value.get("text")
    if not _is_list_of_texts(texts):
        return "is no list of texts"
    most = control.number("maxSubmissions")
    return "has too many texts" if most and 0 < most < len(value["text"]) else ""


def _wrong_rating(control: Control, value: Mapping[str, Any]) -> str:
    rating = value.get("rating")
    if type(rating) is not int:
        return "is no integer"
    return "" if 1 <= rating <= (control.number("maxRating") or 5) else "is out of bounds"


def _wrong_number(control: Control, value: Mapping[str, Any]) -> str:
    number = value.get("number")
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return "is no number"
    least, most, step = control.number("min"), control.number("max"), control.number("step")
    if (least is not None and number < least) or (most is not None and number > most):
        return "is out of bounds"
    steps = (number - (least or 0)) / step if step else 0
    return "" if math.isclose(steps, round(steps), abs_tol=1e-9) else "is between two steps"


def _wrong_moment(control: Control, value: Mapping[str, Any]) -> str:
    only, moment = control.attrs.get("only", ""), value.get("datetime")
    form = "%Y-%m-%dT%H:%M" if not only or "time" in only else "%Y-%m-%d"
    form = "%H:%M" if only == "time" else control.attrs.get("format") or form
    if not isinstance(moment, str) or not moment:
        return "is not in the tag's format"
    # What strftime writes, strptime need not read, such as %-d or %e: then the shape is all that can be asked.
    return "is not in the tag's format" if _can_be_read(form) and not _is_read(moment, form) else ""


@lru_cache(maxsize=256)
def _can_be_read(form: str) -> bool:
    return "%-" not in form and _is_read(datetime(2001, 2, 3, 4, 5).strftime(form), form)


def _is_read(moment: str, form: str) -> bool:
    with suppress(ValueError):
        datetime.strptime(moment, form)
        return True
    return False


def _wrong_side(control: Control, value: Mapping[str, Any]) -> str:  # noqa: ARG001
    return "" if value.get("selected") in ("left", "right") else "is neither left nor right"


def _wrong_ranks(control: Control, value: Mapping[str, Any], content: Content) -> str:
    columns = value.get("ranker")
    names = {label.result for label in control.labels} or {control.from_name}
    if not isinstance(columns, Mapping) or not set(columns) <= names:
        return "has a bucket that the config does not have"
    lists: Iterable[Any] = columns.values()
    if not all(isinstance(column, list) for column in lists):
        return "has a bucket that is no list"
    items = [item for column in columns.values() for item in column]
    if len(set(items)) < len(items) or not set(items) <= set(content.ids):
        return "has an item twice, or one that the list does not have"
    return "" if control.labels or len(items) == len(content.ids) else "leaves out an item"


def _wrong_message(control: Control, value: Mapping[str, Any]) -> str:  # noqa: ARG001
    message = value.get("chatmessage")
    good = isinstance(message, Mapping) and all(isinstance(message.get(key), str) for key in ("role", "content"))
    return "" if good else "is no message"


def _wrong_relation(control: Control, result: JSON, regions: Collection[str]) -> str:
    if not {result.get("from_id"), result.get("to_id")} <= set(regions):
        return "leads to no region"
    if result.get("direction") not in DIRECTIONS:
        return "has no direction"
    labels = result.get("labels")
    return _wrong_names(_results(control), labels, len(control.labels)) if labels or control.labels else ""


def _wrong_span(value: Mapping[str, Any], content: Content) -> str:
    start, end, item = value.get("start"), value.get("end"), 0
    if content.tag == "HyperText":
        offsets = value.get("globalOffsets")
        start, end = (offsets.get("start"), offsets.get("end")) if isinstance(offsets, Mapping) else (None, None)
    elif content.tag == "Paragraphs":
        if start != end or not isinstance(start, str) or not start.isdecimal():
            return "has no paragraph"
        item, start, end = int(start), value.get("startOffset"), value.get("endOffset")
    if not 0 <= item < len(content.originals):
        return "has a paragraph that is not there"
    place = content.within(item, start, end) if type(start) is int and type(end) is int else None
    if place is None:
        return "has offsets outside of the text"
    text = content.originals[item][slice(*place)]
    return "" if text == value.get("text") else "has a text that does not stand at its offsets"
