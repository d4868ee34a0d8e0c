"""Fills the clinic's own facts into every response, wherever it is uttered from.

Rasa fills placeholders from slots and from what an action passes along, and keeps the latter in the
tracker with each message. Facts of clinic.yml are neither: they are looked up here, when words are made;
and so are the answers that the clinic wrote in its inbox, which stand before those of the model.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from clinic import load_default
from clinic.answers import current


class ClinicResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator, with {phone} and the like known from clinic.yml."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        super().__init__(domain.responses)

    @property  # rasa 3.6.21 looks a response up here, for each that it utters
    def responses(self) -> MutableMapping[str, list[dict[str, Any]]]:
        """The model's responses, with the clinic's own wording before them."""
        return ChainMap(current().responses, self._of_the_model)

    @responses.setter
    def responses(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        self._of_the_model = responses

    @staticmethod  # called by rasa 3.6.21 for every response
    def _response_variables(
        filled_slots: dict[str, Any] | None, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        return {**load_default().facts(), **(filled_slots or {}), **kwargs}
