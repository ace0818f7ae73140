"""Graphs of few steps for onnxruntime: built by hand, run by one thread."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OWN = "com.microsoft"
"""The domain of onnxruntime's own operators."""
Floats = NDArray[np.float32]
NUMBERS = TensorProto.INT64
FLOATS = TensorProto.FLOAT
Shape = Sequence[int | None]


class Graph:
    """A graph that is being built; what a step makes has the step's name."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def step(self, operator: str, inputs: list[str], outputs: list[str], domain: str = "", **settings: Any) -> str:
        """Add a step and return what it makes, the first of it."""
        self._nodes.append(helper.make_node(operator, inputs, outputs, outputs[0], domain=domain, **settings))
        return outputs[0]

    def model(
        self, inputs: Mapping[str, tuple[int, Shape]], outputs: Mapping[str, tuple[int, Shape]]
    ) -> onnx.ModelProto:
        """Return it as a whole.

        Args:
            inputs: kind of number and shape by name; None in a shape is any length.
            outputs: as well.
        """
        given, made = (
            [helper.make_tensor_value_info(name, kind, list(shape)) for name, (kind, shape) in values.items()]
            for values in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, "graph", given, made, self._constants)
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(OWN, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


class Running:
    """A model that is loaded. May be used by several threads.

    Args:
        model: any of its outputs may be asked for.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        # Newer releases than ours report to their maker, unless they read this when they are imported.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # texts are redacted side by side instead
        self._session = InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self._session._model_bytes = b""  # it keeps the model, as large as the session, to make itself anew

    def run(self, output: str, inputs: Mapping[str, NDArray[Any]]) -> Floats:
        """Return one of the outputs."""
        return self.every([output], inputs)[0]

    def every(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[Floats]:
        """Return some of the outputs."""
        made: list[Floats] = self._session.run(list(outputs), inputs)
        return made
