"""Fills the clinic's own facts into every response, and says it in the conversation's language.

Rasa fills placeholders from slots and from what an action passes along, and keeps the latter in the
tracker with each message. Facts of clinic.yml are neither: they are looked up here, when words are made;
and so are the answers that the clinic wrote in its inbox, which stand before those of the model. A
response of another language lies in data/languages/<code>/ under the same name; its buttons do what
the English ones do. What the clinic wrote itself is said as it wrote it.
"""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import MutableMapping
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from clinic import load_default
from clinic.answers import PENDING, RESPONSE, current, may_be_said
from clinic.saying import title
from clinic.spoken import Spoken, now_spoken, say_in

NOT_GIVEN = "utter_answer_not_given"
SMS = "sms"


class ClinicResponses(TemplatedNaturalLanguageGenerator):
    """Rasa's own generator, with {phone} and the like known from clinic.yml."""

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        super().__init__(domain.responses)

    @property  # rasa 3.6.21 looks a response up here, for each that it utters
    def responses(self) -> MutableMapping[str, list[dict[str, Any]]]:
        """The model's responses, with the clinic's own wording before them."""
        return ChainMap(current().responses, self._of_the_model)

    @responses.setter
    def responses(self, responses: dict[str, list[dict[str, object]]]) -> None:
        self._of_the_model = responses

    def generate_from_slots(
        self,
        utter_action: str,
        filled_slots: dict[str, object],
        output_channel: str,
        **kwargs: object,
    ) -> dict[str, object] | None:
        """The response in the language of the slot ``language``, when the clinic speaks it."""
        language = filled_slots.get("language")
        with say_in(language if language in load_default().spoken else None):
            said: dict[str, object] | None = super().generate_from_slots(
                utter_action, filled_slots, output_channel, **kwargs
            )
        return said

    def _random_response_for(
        self, utter_action: str, output_channel: str, filled_slots: dict[str, object]
    ) -> dict[str, object] | None:
        """An answer that is not to be given is not given, whoever utters it."""
        given = self._is_given(utter_action)
        name = utter_action if given else NOT_GIVEN
        found: dict[str, object] | None = super()._random_response_for(
            name, output_channel, filled_slots
        )
        spoken = now_spoken()
        own = name in current().responses
        return _said_in(spoken, name, found) if found and spoken and not own else found

    def _is_given(self, utter_action: str) -> bool:
        if not utter_action.startswith(RESPONSE) or utter_action not in self.responses:
            return True
        topic, spoken = utter_action.removeprefix(RESPONSE), now_spoken()
        details = self.responses[utter_action][0].get("metadata") or {}
        said = spoken.answers.get(topic) if spoken and not current().words_of(topic) else None
        review = said.clinical_review if said else details.get("clinical_review")
        sources = details.get("sources") or ()
        return not current().withholds(topic) and may_be_said(str(review or PENDING), sources)

    @staticmethod  # called by rasa 3.6.21 for every response
    def _response_variables(
        filled_slots: dict[str, object] | None, kwargs: dict[str, object]
    ) -> dict[str, object]:
        return {**load_default().facts(), **(filled_slots or {}), **kwargs}


def _said_in(spoken: Spoken, name: str, english: dict[str, Any]) -> dict[str, Any]:
    """The English response with the other language's words; sources and payloads are the same."""
    said = copy.deepcopy(english)
    answer = spoken.answers.get(name.removeprefix(RESPONSE))
    if answer and name.startswith(RESPONSE):
        said["text"] = answer.sms if english.get("channel") == SMS else answer.text
        details = {"question": answer.question, "clinical_review": answer.clinical_review}
        said["metadata"] = {**(english.get("metadata") or {}), **details}
    elif name in spoken.lines["said"]:
        said["text"] = spoken.lines["said"][name]
    for button in said.get("buttons") or ():
        button["title"] = title(button["title"])
    custom = said.get("custom")
    if isinstance(custom, dict) and "label" in custom:
        custom["label"] = title(custom["label"])
    return said
