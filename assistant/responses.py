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
from clinic.answers import PENDING, RESPONSE, current, may_be_said

NOT_GIVEN = "utter_answer_not_given"


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

    def _random_response_for(
        self, utter_action: str, output_channel: str, filled_slots: dict[str, Any]
    ) -> dict[str, Any] | None:
        """An answer that is not to be given is not given, whoever utters it."""
        given = self._is_given(utter_action)
        name = utter_action if given else NOT_GIVEN
        found: dict[str, Any] | None = super()._random_response_for(
            name, output_channel, filled_slots
        )
        return found

    def _is_given(self, utter_action: str) -> bool:
        if not utter_action.startswith(RESPONSE) or utter_action not in self.responses:
            return True
        details = self.responses[utter_action][0].get("metadata") or {}
        review = str(details.get("clinical_review") or PENDING)
        withheld = current().withholds(utter_action.removeprefix(RESPONSE))
        return not withheld and may_be_said(review, details.get("sources") or ())

    @staticmethod  # called by rasa 3.6.21 for every response
    def _response_variables(
        filled_slots: dict[str, Any] | None, kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        return {**load_default().facts(), **(filled_slots or {}), **kwargs}
