"""The pre-screen's promises beside its table: consent, privacy, the result's words, hand-over."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

from actions.prescreen import ActionSharePrescreen, ActionStartPrescreen, table
from actions.prescreen_state import Progress
from clinic import load_default as clinic
from eligibility import SettingsError
from tests.actions.prescreen_visit import Visit
from tests.actions.test_prescreen_rows import walk

DOMAIN = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text(encoding="utf-8"))
OWN = {
    name: found for name, found in DOMAIN["responses"].items() if name.startswith("utter_prescreen")
}


def text(response: str) -> str:
    return str(OWN[response][0]["text"])


def test_every_response_that_is_uttered_is_in_the_domain_and_every_one_is_uttered() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in Path("actions").glob("prescreen*.py"))
    made = {"consent_again", "share_again", "read_back_changed", "age_unclear", "not_understood"}
    for name in OWN:
        assert name in code or name.removeprefix("utter_prescreen_") in made


def test_the_words_are_short_and_promise_nothing() -> None:
    for name in OWN:
        assert len(text(name).split()) <= 60, name
        assert "you are suitable" not in text(name).lower()


def test_the_consent_says_what_is_asked_that_it_is_optional_what_is_kept_and_that_a_machine_asks() -> (
    None
):
    said = text("utter_prescreen_consent")
    for part in (
        "{count}",
        "optional",
        "machine",
        "cannot examine or diagnose",
        "send them to our staff",
        "{emergency_number}",
    ):
        assert part in said


def test_the_safety_net_and_the_ways_on_come_with_every_result() -> None:
    visit, _ = walk({"8": "yes"})
    (card,) = visit.payloads("result")
    said, shown = visit.messages[-2]["text"], card["safety_net"]
    assert said.endswith(shown)
    assert clinic().facts()["emergency_number"] in shown
    assert "A clinician decides" in shown
    assert visit.responses == ["utter_prescreen_share"]
    titles = [button["title"] for button in OWN["utter_prescreen_share"][0]["buttons"]]
    assert titles[0] == "Yes, send it to staff"
    assert set(titles[1:]) >= {"No, keep it private", "Talk to staff", "Start over"}


def test_a_result_shows_three_reasons_and_folds_the_rest() -> None:
    visit, _ = walk({"9a": "yes", "5c": "yes", "6a": "yes", "7a": "yes"})
    (card,) = visit.payloads("result")
    assert len(card["reasons"]) == 3
    assert card["more"]
    assert card["come_back"] and card["come_back_words"] in visit.messages[-2]["text"]
    assert all(line in visit.messages[-2]["text"] for line in card["reasons"] + card["more"])
    visit, _ = walk({})
    (card,) = visit.payloads("result")
    assert (card["reasons"], card["come_back"], card["come_back_words"]) == ([], None, None)


def test_nothing_of_the_answers_leaves_before_a_yes() -> None:
    visit, _ = walk({"5c": "yes"})
    assert visit.payloads("eligibility_result") == []
    assert visit.payloads("handoff") == []
    visit.presses("share", "yes")
    (sent,) = visit.payloads("eligibility_result")
    assert sent["version"] == table().version
    assert {"question": "Blood thinners, or bleeding easily", "answer": "Yes"} in sent["facts"]
    assert visit.slots["prescreen"] is None
    assert visit.slots["prescreen_outcome"] is None


def test_talking_to_staff_instead_shares_nothing() -> None:
    visit, _ = walk({"4a": "yes"})
    visit.says("Talk to staff", "ask_for_human")
    (sent,) = visit.payloads("handoff")
    assert (sent["reason"], sent["urgency"], sent["summary"]) == ("asked", "soon", None)
    assert visit.state == {}


def test_a_minor_is_not_offered_to_share_anything() -> None:
    visit, _ = walk({"2": "no"})
    assert (visit.asking, visit.state) == ("", {})
    assert "utter_prescreen_share" not in visit.responses


def test_the_slot_holds_plain_json_and_the_time_of_the_last_message() -> None:
    visit, _ = walk({"5a": "now"})
    state = Progress.from_slot(visit.state)
    assert state is not None
    now = datetime.fromtimestamp(visit.state["touched"], timezone.utc)
    assert state.to_slot(now) == visit.state


def test_an_abandoned_pre_screen_is_forgotten() -> None:
    visit, _ = walk({"5a": "now"})
    visit.state["touched"] -= timedelta(hours=25).total_seconds()
    visit.says("yes", "affirm")
    assert (visit.responses, visit.state, visit.asking) == (["utter_prescreen_abandoned"], {}, "")
    assert visit.payloads("eligibility_result") == []


@pytest.mark.parametrize("value", [None, {}, [], "x", {"stage": "elsewhere"}])
def test_a_slot_that_holds_no_pre_screen_opens_a_new_one(value: object) -> None:
    assert Progress.from_slot(value) is None


def test_logs_hold_the_outcome_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        walk({"5c": "yes"})
    assert "outcome R" in caplog.text
    assert "lood thinner" not in caplog.text


def test_back_through_everything_and_forth_again_gives_the_same_result() -> None:
    visit, answers = walk({"5c": "yes"})
    for _ in range(20):
        visit.says("back", "go_back")
    assert (visit.asking, visit.answers) == ("2", {})
    assert visit.responses[0] == "utter_prescreen_nothing_before"
    assert answers["5c"] == "yes"


def test_a_clinic_number_that_the_table_does_not_allow_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("clinic.Clinic.settings", lambda self: {"tan_wait_weeks": 1})
    with pytest.raises(SettingsError, match="tan_wait_weeks"):
        table()


def test_the_names_that_rasa_calls() -> None:
    assert ActionStartPrescreen().name() == "action_start_prescreen"
    assert ActionSharePrescreen().name() == "action_share_prescreen"
    assert {"action_ask_prescreen_outcome", "validate_prescreen_form"} <= set(DOMAIN["actions"])


@pytest.mark.parametrize(
    ("row", "response"),
    [("menu", "utter_prescreen_anything_else"), ("share", "utter_button_expired")],
)
def test_a_button_after_the_end_shares_nothing(row: str, response: str) -> None:
    visit = Visit()
    message = {
        "text": "",
        "intent": {"name": "answer_prescreen"},
        "entities": [{"entity": "row", "value": row}],
    }
    heard = visit.act(ActionSharePrescreen(), message)
    assert [m.get("response") for m in heard] == [response]
    assert visit.act(ActionStartPrescreen(), message) == []
    assert visit.state["stage"] == "consent"
