"""The sentence encoders as ONNX graphs, built from their weights.

Written out here so that no torch and no download is needed: transformer layers, the mean of the
token vectors, scaled to length 1. `input_ids` and `attention_mask` go in, `sentence` comes out.
The quick one is all-MiniLM-L6-v2 (BERT), the thorough one all-mpnet-base-v2 (MPNet: places are also
told apart by how far two tokens stand from each other).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

HEADS = 12
MAXIMUM_TOKENS = 128
OPSET = 17
IR_VERSION = 8
BY_HEAD, KEY_BY_HEAD = (0, 2, 1, 3), (0, 2, 3, 1)

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Shape:
    """What tells one encoder from the other: its size, and what its weights are called."""

    name: str
    dimensions: int
    layers: int
    epsilon: float
    first_place: int = 0  # MPNet counts the first token's place as 2
    parts: Mapping[str, str] = field(default_factory=dict)  # names that differ from BERT's


QUICK = Shape("all-MiniLM-L6-v2", 384, 6, 1e-12)
THOROUGH = Shape(
    "all-mpnet-base-v2",
    768,
    12,
    1e-5,
    first_place=2,
    parts={
        "attention.self.query": "attention.attn.q",
        "attention.self.key": "attention.attn.k",
        "attention.self.value": "attention.attn.v",
        "attention.output.dense": "attention.attn.o",
        "attention.output.LayerNorm": "attention.LayerNorm",
    },
)
SEGMENTS = "embeddings.token_type_embeddings.weight"  # BERT only
DISTANCES = "encoder.relative_attention_bias.weight"  # MPNet only


class EncoderGraph:
    """Collects the nodes and constants of the graph; every method returns its output's name."""

    def __init__(self, weights: Weights, shape: Shape) -> None:
        self._weights, self._shape = weights, shape
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self) -> onnx.ModelProto:
        """Return the checked model."""
        mask = self._node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        hidden = self._embed()
        bias = self._attention_bias(mask)
        for layer in range(self._shape.layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, bias)
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
        output = helper.make_tensor_value_info(
            "sentence", TensorProto.FLOAT, ["batch", self._shape.dimensions]
        )
        return helper.make_graph(
            self._nodes, self._shape.name, inputs, [output], list(self._constants.values())
        )

    def _embed(self) -> str:
        words = self._weight("embeddings.word_embeddings.weight")
        places = self._weights["embeddings.position_embeddings.weight"][self._shape.first_place :]
        if SEGMENTS in self._weights:
            places = places + self._weights[SEGMENTS][0]
        places_name = self._constant("positions", places[:MAXIMUM_TOKENS])
        used_places = self._node(
            "Slice", [places_name, self._zero(1), self._length(), self._zero(1)]
        )
        word_vectors = self._node("Gather", [words, "input_ids"], axis=0)
        total = self._node("Add", [word_vectors, used_places])
        return self._normalise(total, "embeddings.LayerNorm")

    def _zero(self, times: int) -> str:
        return self._constant(f"zero_{times}", np.zeros(times, np.int64))

    def _length(self) -> str:
        return self._node("Shape", ["input_ids"], start=1, end=2)

    def _attention_bias(self, mask: str) -> str:
        """Large negative numbers where the mask says padding, shaped to fit attention scores.

        MPNet adds what the distance between two tokens is worth to each head.
        """
        padding = self._node("Sub", [self._number(1.0), mask])
        bias = self._node("Mul", [padding, self._number(-1e9)])
        axes = self._constant("axes_1_2", np.array([1, 2], np.int64))
        bias = self._node("Unsqueeze", [bias, axes])
        if DISTANCES not in self._weights:
            return bias
        worth = self._weights[DISTANCES][distance_buckets(MAXIMUM_TOKENS)].transpose(2, 0, 1)
        worth_name = self._constant("distances", worth[None])
        length = self._length()
        square = self._node("Concat", [length, length], axis=0)
        last = self._constant("axes_2_3", np.array([2, 3], np.int64))
        used = self._node("Slice", [worth_name, self._zero(2), square, last])
        return self._node("Add", [bias, used])

    def _layer(self, prefix: str, hidden: str, bias: str) -> str:
        attended = self._attention(prefix + "attention.self.", hidden, bias)
        attended = self._linear(attended, prefix + "attention.output.dense")
        attended = self._node("Add", [attended, hidden])
        attended = self._normalise(attended, prefix + "attention.output.LayerNorm")
        wide = self._gelu(self._linear(attended, prefix + "intermediate.dense"))
        narrow = self._linear(wide, prefix + "output.dense")
        narrow = self._node("Add", [narrow, attended])
        return self._normalise(narrow, prefix + "output.LayerNorm")

    def _attention(self, prefix: str, hidden: str, bias: str) -> str:
        query = self._split_heads(self._linear(hidden, prefix + "query"), BY_HEAD)
        key = self._split_heads(self._linear(hidden, prefix + "key"), KEY_BY_HEAD)
        value = self._split_heads(self._linear(hidden, prefix + "value"), BY_HEAD)
        scores = self._node("MatMul", [query, key])
        scores = self._node(
            "Mul", [scores, self._number(float((self._shape.dimensions // HEADS) ** -0.5))]
        )
        scores = self._node("Add", [scores, bias])
        shares = self._node("Softmax", [scores], axis=-1)
        mixed = self._node("Transpose", [self._node("MatMul", [shares, value])], perm=BY_HEAD)
        merged = self._constant("merged_heads", np.array([0, 0, self._shape.dimensions], np.int64))
        return self._node("Reshape", [mixed, merged])

    def _split_heads(self, vectors: str, order: tuple[int, ...]) -> str:
        shape = np.array([0, 0, HEADS, self._shape.dimensions // HEADS], np.int64)
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
        name = self._own(name)
        matrix = self._constant(name + ".matrix", self._weights[name + ".weight"].T)
        product = self._node("MatMul", [values, matrix])
        return self._node("Add", [product, self._weight(name + ".bias")])

    def _own(self, name: str) -> str:
        """What this encoder calls a part of a layer."""
        layer, dot, part = name.rpartition(".attention.")
        part = dot.removeprefix(".") + part
        own = self._shape.parts.get(part, part)
        return f"{layer}.{own}" if layer else own

    def _normalise(self, values: str, name: str) -> str:
        name = self._own(name)
        scale, shift = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._node(
            "LayerNormalization", [values, scale, shift], axis=-1, epsilon=self._shape.epsilon
        )

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


def distance_buckets(tokens: int, buckets: int = 32, furthest: int = 128) -> NDArray[np.intp]:
    """Which row of MPNet's distances two places have, shape (tokens, tokens).

    Half of the rows for each direction; near distances have a row each, far ones share them by the
    logarithm of the distance (T5's scheme).
    """
    away = np.arange(tokens)[:, None] - np.arange(tokens)[None, :]
    half, exact = buckets // 2, buckets // 4
    size = np.abs(away)
    scale = np.log(np.maximum(size, 1) / exact) / math.log(furthest / exact)
    shared = np.minimum(exact + (scale * (half - exact)).astype(np.intp), half - 1)
    rows: NDArray[np.intp] = np.where(away < 0, half, 0) + np.where(size < exact, size, shared)
    return rows


def build_graph(weights: Weights, shape: Shape) -> onnx.ModelProto:
    """Build an encoder in 32-bit numbers. Raise KeyError when a weight is missing."""
    return EncoderGraph(weights, shape).build()
