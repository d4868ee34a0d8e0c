"""Runs Rasa's prediction graph in order, without dask.

Rasa 3.6.21 works out the graph anew for each message and each prediction, hands it to dask, and writes
the whole tracker into a debug line that nobody reads: two thirds of its time went there. The nodes and
their inputs never change while a model is loaded, so the order is worked out once for each target.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage


class InOrderGraphRunner(GraphRunner):
    """Each node after those whose output it needs."""

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: dict[tuple[str, ...], list[str]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> InOrderGraphRunner:
        """Called by rasa when it loads a model."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(
        self, inputs: dict[str, object] | None = None, targets: list[str] | None = None
    ) -> dict[str, object]:
        """Run what the targets need. Return the output of each target by its name."""
        wanted = tuple(targets or self._schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._orders[wanted]:
            needed = self._schema.nodes[name].needs.values()
            outputs[name] = self._nodes[name](*(outputs.get(each, each) for each in needed))
        return dict(outputs[name] for name in wanted)

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        nodes = self._schema.minimal_graph_schema(list(targets)).nodes
        order: list[str] = []
        waiting = list(nodes)
        while waiting:
            ready = [
                name
                for name in waiting
                if not any(need in waiting for need in nodes[name].needs.values())
            ]
            if not ready:
                raise GraphRunError(f"These nodes need each other: {', '.join(waiting)}.")
            order += ready
            waiting = [name for name in waiting if name not in ready]
        return order
