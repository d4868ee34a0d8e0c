"""The sentence encoder (all-MiniLM-L6-v2) as an ONNX graph, built from its weights.

Written out here so that no torch and no download is needed: six transformer layers, the mean of
the token vectors, scaled to length 1. `input_ids` and `attention_mask` go in, `sentence` comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

DIMENSIONS = 384
HEADS = 12
LAYERS = 6
MAXIMUM_TOKENS = 256
OPSET = 17
IR_VERSION = 8
BY_HEAD, KEY_BY_HEAD = (0, 2, 1, 3), (0, 2, 3, 1)

Weights = Mapping[str, NDArray[np.float32]]


class EncoderGraph:
    """Collects the nodes and constants of the graph; every method returns its output's name."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self) -> onnx.ModelProto:
        """Return the checked model."""
        mask = self._node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        hidden = self._embed()
        ignore_padding = self._attention_bias(mask)
        for layer in range(LAYERS):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, ignore_padding)
        self._node("LpNormalization", [self._mean(hidden, mask)], out="sentence", axis=-1, p=2)
        model = helper.make_model(
            self._graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model)
        return model

    def _graph(self) -> onnx.GraphProto:
        tokens = ["batch", "tokens"]
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, tokens)
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ["batch", DIMENSIONS])
        return helper.make_graph(
            self._nodes, "all-MiniLM-L6-v2", inputs, [output], list(self._constants.values())
        )

    def _embed(self) -> str:
        words = self._weight("embeddings.word_embeddings.weight")
        first_segment = self._weights["embeddings.token_type_embeddings.weight"][0]
        places = self._weights["embeddings.position_embeddings.weight"] + first_segment
        places_name = self._constant("positions", places[:MAXIMUM_TOKENS])
        length = self._node("Shape", ["input_ids"], start=1, end=2)
        zero = self._constant("zero", np.array([0], np.int64))
        used_places = self._node("Slice", [places_name, zero, length, zero])
        word_vectors = self._node("Gather", [words, "input_ids"], axis=0)
        total = self._node("Add", [word_vectors, used_places])
        return self._normalise(total, "embeddings.LayerNorm")

    def _attention_bias(self, mask: str) -> str:
        """Large negative numbers where the mask says padding, shaped to fit attention scores."""
        padding = self._node("Sub", [self._number(1.0), mask])
        bias = self._node("Mul", [padding, self._number(-1e9)])
        axes = self._constant("axes_1_2", np.array([1, 2], np.int64))
        return self._node("Unsqueeze", [bias, axes])

    def _layer(self, prefix: str, hidden: str, ignore_padding: str) -> str:
        attended = self._attention(prefix + "attention.self.", hidden, ignore_padding)
        attended = self._linear(attended, prefix + "attention.output.dense")
        attended = self._node("Add", [attended, hidden])
        attended = self._normalise(attended, prefix + "attention.output.LayerNorm")
        wide = self._gelu(self._linear(attended, prefix + "intermediate.dense"))
        narrow = self._linear(wide, prefix + "output.dense")
        narrow = self._node("Add", [narrow, attended])
        return self._normalise(narrow, prefix + "output.LayerNorm")

    def _attention(self, prefix: str, hidden: str, ignore_padding: str) -> str:
        query = self._split_heads(self._linear(hidden, prefix + "query"), BY_HEAD)
        key = self._split_heads(self._linear(hidden, prefix + "key"), KEY_BY_HEAD)
        value = self._split_heads(self._linear(hidden, prefix + "value"), BY_HEAD)
        scores = self._node("MatMul", [query, key])
        scores = self._node("Mul", [scores, self._number(float((DIMENSIONS // HEADS) ** -0.5))])
        scores = self._node("Add", [scores, ignore_padding])
        shares = self._node("Softmax", [scores], axis=-1)
        mixed = self._node("Transpose", [self._node("MatMul", [shares, value])], perm=BY_HEAD)
        merged = self._constant("merged_heads", np.array([0, 0, DIMENSIONS], np.int64))
        return self._node("Reshape", [mixed, merged])

    def _split_heads(self, vectors: str, order: tuple[int, ...]) -> str:
        shape = np.array([0, 0, HEADS, DIMENSIONS // HEADS], np.int64)
        split = self._node("Reshape", [vectors, self._constant("split_heads", shape)])
        return self._node("Transpose", [split], perm=order)

    def _gelu(self, values: str) -> str:
        scaled = self._node("Mul", [values, self._number(float(2**-0.5))])
        bent = self._node("Add", [self._node("Erf", [scaled]), self._number(1.0)])
        return self._node("Mul", [self._node("Mul", [values, bent]), self._number(0.5)])

    def _mean(self, hidden: str, mask: str) -> str:
        """The mean over the tokens that are not padding."""
        last = self._constant("axis_2", np.array([2], np.int64))
        tokens = self._constant("axis_1", np.array([1], np.int64))
        mask = self._node("Unsqueeze", [mask, last])
        kept = self._node("Mul", [hidden, mask])
        total = self._node("ReduceSum", [kept, tokens], keepdims=0)
        count = self._node("ReduceSum", [mask, tokens], keepdims=0)
        return self._node("Div", [total, count])

    def _linear(self, values: str, name: str) -> str:
        matrix = self._constant(name + ".matrix", self._weights[name + ".weight"].T)
        product = self._node("MatMul", [values, matrix])
        return self._node("Add", [product, self._weight(name + ".bias")])

    def _normalise(self, values: str, name: str) -> str:
        scale, shift = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._node("LayerNormalization", [values, scale, shift], axis=-1, epsilon=1e-12)

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _number(self, value: float) -> str:
        return self._constant(f"number_{value}", np.array(value, np.float32))

    def _constant(self, name: str, values: NDArray[np.generic]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _node(self, kind: str, inputs: list[str], out: str = "", **attributes: Any) -> str:
        name = out or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name


def build_graph(weights: Weights) -> onnx.ModelProto:
    """Build the encoder in 32-bit numbers. Raise KeyError when a weight is missing."""
    return EncoderGraph(weights).build()
