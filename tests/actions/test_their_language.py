"""Actions speak the conversation's language: every one of them, in every word."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

from rasa_sdk import Action

import actions
from actions.answers import PERSON_BUTTON, button
from actions.devices import Device, device_table
from actions.faq import faq_entry
from actions.prescreen import table
from clinic.spoken import say_in


def test_every_action_speaks_the_visitors_language() -> None:
    for found in pkgutil.iter_modules(actions.__path__):
        import_module(f"actions.{found.name}")
    ours = [one for one in Action.__subclasses__() if one.__module__.startswith("actions.")]
    assert len(ours) > 10
    assert [one.__name__ for one in ours if not hasattr(inspect.unwrap(one.run), "__code__")] == []
    assert [one.__name__ for one in ours if not hasattr(one.run, "__wrapped__")] == []


def test_questions_buttons_devices_and_health_questions_are_said_in_it() -> None:
    with say_in("es"):
        entry = faq_entry("pain_feel")
        assert entry and entry.question == "¿Duele?"
        assert button(*PERSON_BUTTON)["title"] == "Hablar con una persona"
        device = Device("ultrasound", "Ultrasound")
        assert device_table().title(device, "pain") == "¿Duele el ultrasonido?"
        assert table().rows["3b"].question == "¿Da el pecho?"
    assert table().rows["3b"].question == "Are you breastfeeding?"
