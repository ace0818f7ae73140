"""The last step: each prediction fits its label config (P8) and its spans are exact (P9)."""

import math
from collections.abc import Mapping
from typing import Any

from backend.errors import AnswerError
from backend.plan import parse_config
from backend.types import Control, Plan, Prediction


class Checker:
    """Checks predictions of one label config: by the SDK, and for what the SDK misses by our own rules."""

    def __init__(self, label_config: str, plan: Plan) -> None:
        self._interface = parse_config(label_config)
        self._controls = {control.from_name: control for control in plan.controls}

    def check(self, prediction: Prediction, originals: Mapping[str, str]) -> None:
        """Pass a prediction, or refuse it.

        Args:
            prediction: what Label Studio would get.
            originals: the task's original texts by field.

        Raises:
            AnswerError: names the control, never what it holds.
        """
        if prediction.score is not None and not (math.isfinite(prediction.score) and 0 <= prediction.score <= 1):
            raise AnswerError("the prediction's score is not within 0 and 1")
        for result in prediction.result:
            control = self._controls.get(result["from_name"])
            if control is None:
                raise AnswerError("a result names a control that the label config does not have")
            problem = _problem(control, result, originals[control.field])
            if problem:
                raise AnswerError(f"result for <{control.tag} name={control.from_name!r}> {problem}")
        if self._sdk_refuses(prediction):
            raise AnswerError("label-studio-sdk refuses the prediction for this label config")

    def _sdk_refuses(self, prediction: Prediction) -> bool:
        # Its errors quote values: whether there are any is all that we take.
        try:
            return bool(self._interface.validate_prediction(prediction.payload(), return_errors=True))
        except Exception:  # it raises bare errors on shapes that it did not expect
            return True


def _problem(control: Control, result: Mapping[str, Any], original: str) -> str:
    """Return what is wrong with a result, or ""."""
    value = result["value"]
    if result["to_name"] != control.to_name:
        return "has a wrong to_name"
    match result["type"]:
        case "choices":
            several = control.attrs.get("choice") == "multiple"
            return _wrong_labels(control, value.get("choices"), len(control.labels) if several else 1)
        case "labels":
            return _wrong_labels(control, value.get("labels"), len(control.labels)) or _wrong_span(value, original)
        case "textarea":
            return "" if _is_list_of_texts(value.get("text")) else "is no list of texts"
    return ""


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _wrong_labels(control: Control, given: Any, most: int) -> str:
    if not _is_list_of_texts(given) or not set(given) <= {label.result for label in control.labels}:
        return "has a label that the config does not have"
    if len(set(given)) < len(given):
        return "has a label twice"
    return "has too many labels" if len(given) > most else ""


def _wrong_span(value: Mapping[str, Any], original: str) -> str:
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(original):
        return "has offsets outside of the text"
    return "" if original[start:end] == value.get("text") else "has a text that does not stand at its offsets"
