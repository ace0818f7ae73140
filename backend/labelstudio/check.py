"""The last step: each prediction fits its label config (P8) and its spans are exact (P9)."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from backend.errors import AnswerError
from backend.labelstudio.handler import Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.types import Control, Plan, Prediction
from backend.system.writing import JSON, is_writable

DIRECTIONS = frozenset({"left", "right", "bi"})


class Checker:
    """Checks predictions of one label config: by the SDK, and for what the SDK misses by our own rules.

    Args:
        interface: what `parse_config` made of it.
        handlers: by control tag.
    """

    def __init__(self, interface: Any, handlers: Mapping[str, Handler]) -> None:
        self._interface, self._handlers = interface, handlers

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
        answered = list(self._answered(prediction, plan))
        regions = {result["id"] for control, result in answered if control.role.gives_regions} | set(given)
        for control, result in answered:
            problem = self._problem(control, result, contents[control.to_name], regions)
            if problem:
                raise AnswerError(f"result for {control.tag} {control.from_name!r} {problem}")
        if not is_writable(prediction.payload()):
            raise AnswerError(
                "the prediction holds what JSON cannot, such as half a character - export the data as UTF-8"
            )
        if self._sdk_refuses(prediction, [self._handlers[c.tag].for_sdk(c, result) for c, result in answered]):
            raise AnswerError("label-studio-sdk refuses the prediction for this label config")

    def _answered(self, prediction: Prediction, plan: Plan) -> Iterator[tuple[Control, JSON]]:
        """Yield each result with the control that it names, or with the one that relates regions.

        Raises:
            AnswerError: a result is of no control.
        """
        named = {control.from_name: control for control in plan.controls}
        relating = {self._type(control): control for control in reversed(plan.controls) if control.role.relates}
        for result in prediction.result:
            control = relating.get(result.get("type", "")) or named.get(result.get("from_name", ""))
            if control is None:
                raise AnswerError("a result names a control that the label config does not have")
            yield control, result

    def _type(self, control: Control) -> str:
        return self._handlers[control.tag].result_type(control)

    def _problem(self, control: Control, result: JSON, content: Content, regions: Collection[str]) -> str:
        """Return what is wrong with a result, or ""."""
        handler = self._handlers[control.tag]
        if control.role.relates:
            return _wrong_ends(result, regions) or handler.check(control, result, content)
        value = result.get("value")
        if result.get("to_name") != control.to_name:
            return "has a wrong to_name"
        if result.get("type") != self._type(control) or not isinstance(value, Mapping):
            return "has a wrong type"
        if control.per_region and result.get("id") not in regions:
            return "is about no region"
        return handler.check(control, value, content)

    def _sdk_refuses(self, prediction: Prediction, results: list[JSON]) -> bool:
        payload = prediction.payload() | {"result": results}
        # Its errors quote values: whether there are any is all that we take.
        try:
            return bool(self._interface.validate_prediction(payload, return_errors=True))
        except Exception:  # it raises bare errors on shapes that it did not expect
            return True


def _wrong_ends(result: JSON, regions: Collection[str]) -> str:
    if not {result.get("from_id"), result.get("to_id")} <= set(regions):
        return "leads to no region"
    return "" if result.get("direction") in DIRECTIONS else "has no direction"
