"""What the chat's cards are drawn from, and what they send."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from actions.prescreen import check_urgency
from clinic import load_default as clinic
from clinic.urgency import load_default as urgency
from eligibility import ASK, NOT_SURE, REST, TableError
from tests.actions.prescreen_visit import Visit
from tests.actions.test_prescreen_rows import answer_current, begun, walk
from tests.eligibility.answers import table


def at(item: str) -> Visit:
    visit = begun()
    while visit.asking != item:
        answer_current(visit, {})
    return visit


def test_every_button_of_a_card_is_offered_as_a_button_too() -> None:
    visit, _ = walk({"5a": "over"})
    for message in visit.sent:
        card = message.get("custom") or {}
        if card.get("type") != "question":
            continue
        offered = {one["payload"] for one in message["buttons"]}
        parts = [*card["choices"], *card["skip"], *card["steer"], card["why"]]
        parts += [one for one in (card["none"], card["done"]) if one]
        assert {one["payload"] for one in parts} == offered


def test_a_list_is_a_card_of_checkboxes_and_a_row_a_card_of_one_press() -> None:
    card = at("medicines").payloads("question")[-1]
    assert card["kind"] == "many"
    assert card["none"]["title"] == "None of these"
    assert card["done"]["title"] == "That is all"
    assert [one["title"] for one in card["skip"]] == ["Not sure", "Rather not say"]
    assert [one["title"] for one in card["steer"]] == ["Back", "Stop"]
    assert card["why"]["text"] == table().lists["medicines"].why
    card = at("11").payloads("question")[-1]
    assert (card["kind"], card["none"], card["done"]) == ("one", None, None)
    assert [one["title"] for one in begun().payloads("question")[-1]["steer"]] == ["Stop"]


def test_what_is_ticked_counts_and_the_other_boxes_are_answered_with_no() -> None:
    visit = at("medicines")
    visit.ticks(("5c", "yes"), ("10f", "yes"), ("medicines", REST))
    assert visit.asking == "health"
    assert {row: visit.answers[row] for row in ("5a", "5b", "5c", "10f")} == {
        "5a": "no", "5b": "no", "5c": "yes", "10f": "yes",
    }  # fmt: skip


def test_a_tick_that_needs_a_second_question_is_asked_by_itself() -> None:
    visit = at("medicines")
    visit.ticks(("5a", ASK), ("5c", "yes"), ("medicines", REST))
    assert visit.asking == "5a"
    assert "5a" not in visit.answers
    visit.presses("5a", "no")
    assert visit.asking == "health"


def test_the_other_boxes_may_be_not_sure() -> None:
    visit = at("medicines")
    visit.ticks(("5c", "yes"), ("medicines", NOT_SURE))
    assert (visit.answers["5c"], visit.answers["5b"]) == ("yes", NOT_SURE)


def test_a_card_that_was_not_offered_changes_nothing() -> None:
    visit = at("health")
    before = visit.answers
    for pairs in ([("5c", "yes"), ("medicines", REST)], [("11", REST), ("11", "always_burns")]):
        visit.ticks(*pairs)
        assert "utter_button_expired" in visit.responses
        assert (visit.asking, visit.answers) == ("health", before)


def noted() -> Visit:
    visit = begun()
    visit.says(
        "I am 45 and have a pacemaker",
        "give_details",
        entities=[
            {"entity": "age", "value": 45, "text": "45"},
            {"entity": "condition", "value": "pacemaker", "text": "pacemaker"},
        ],
    )
    assert visit.asking == "read_back"
    return visit


def test_one_noted_fact_is_changed_by_its_chip_and_the_others_stay() -> None:
    visit = noted()
    visit.presses_title("Change: Age: Yes, 18 or over")
    assert visit.asking == "read_back"
    assert "Age" not in visit.payloads("noted")[-1]["facts"][0]
    visit.presses("read_back", "yes")
    assert (visit.asking, visit.answers) == ("2", {"6a": "yes"})


def test_a_chip_of_something_that_is_not_noted_has_expired() -> None:
    visit = noted()
    visit.presses("change", "5c")
    assert "utter_button_expired" in visit.responses
    assert visit.asking == "read_back"


def test_against_an_earlier_answer_the_chip_asks_it_again() -> None:
    visit = at("recent")
    visit.says("oh, and I have a pacemaker", "give_details", entities=[
        {"entity": "condition", "value": "pacemaker", "text": "pacemaker"},
        {"entity": "condition", "value": "lupus", "text": "lupus"},
    ])  # fmt: skip
    assert visit.answers["10b"] == "yes"
    visit.presses("change", "10b")
    visit.presses("read_back", "yes")
    assert (visit.asking, visit.answers["6a"]) == ("10b", "yes")


def test_every_card_says_which_pre_screen_it_belongs_to() -> None:
    visit, _ = walk({})
    ids = {m["custom"]["pre_screen"] for m in visit.sent if m.get("custom")}
    assert ids == {visit.state["id"]}


def test_whatever_ends_unshared_is_forgotten_by_name() -> None:
    for words, intent in (("stop", "stop"), ("a person please", "ask_for_human")):
        visit = at("medicines")
        name = visit.state["id"]
        visit.says(words, intent)
        assert [one["pre_screen"] for one in visit.payloads("forget")] == [name]
    visit, _ = walk({"5c": "yes"})
    visit.presses("share", "no")
    assert len(visit.payloads("forget")) == 1


def test_what_is_shared_is_not_forgotten_and_says_its_name() -> None:
    visit, _ = walk({"5c": "yes"})
    name = visit.state["id"]
    visit.presses("share", "yes")
    assert visit.payloads("forget") == []
    assert visit.payloads("eligibility_result")[0]["pre_screen"] == name


def test_starting_again_forgets_the_first_and_has_a_name_of_its_own() -> None:
    visit = at("medicines")
    name = visit.state["id"]
    visit.says("start over", "start_over")
    assert [one["pre_screen"] for one in visit.payloads("forget")] == [name]
    assert visit.state["id"] != name


AGE_15 = {"entity": "age", "value": 15, "text": "15"}


def test_who_tells_an_age_under_the_clinic_s_is_asked_about_that_alone() -> None:
    visit = Visit()
    lupus = {"entity": "condition", "value": "lupus", "text": "lupus"}
    visit.opens("i am 15 and have lupus, could it be for me", [AGE_15, lupus])
    assert visit.asking == "read_back"
    assert visit.payloads("noted")[-1]["facts"] == ["Age: No, under 18"]
    assert "lupus" not in str(visit.state)
    name = visit.state["id"]
    visit.says("yes", "affirm")
    assert (visit.asking, visit.state) == ("", {})
    assert [one["pre_screen"] for one in visit.payloads("forget")] == [name]
    assert visit.payloads("question") == []
    assert "parent" in visit.words


def test_an_age_told_before_a_button_of_the_greeting_or_an_answer_counts_as_well() -> None:
    visit = Visit()
    visit.said_before("hi i am 15, does it hurt", [AGE_15])
    visit.opens("/start_prescreen")
    assert visit.asking == "read_back"
    assert visit.payloads("noted")[-1]["facts"] == ["Age: No, under 18"]
    put_right = Visit()
    put_right.said_before("i am 15", [AGE_15])
    put_right.said_before("sorry i am 51", [{"entity": "age", "value": 51, "text": "51"}])
    put_right.opens("/start_prescreen")
    assert put_right.asking == "consent"


def test_a_misread_age_leads_to_the_consent_and_then_to_the_question() -> None:
    visit = Visit()
    visit.opens("i am 15 and could it be for me", [AGE_15])
    visit.says("no", "deny")
    assert visit.asking == "consent"
    visit.presses("consent", "yes")
    assert (visit.asking, visit.answers) == ("2", {})


def test_an_age_under_the_clinic_s_before_the_consent_is_no_consent() -> None:
    visit = Visit()
    visit.opens()
    visit.says("yes, i am 15", "affirm", entities=[AGE_15])
    assert visit.asking == "read_back"
    visit.says("yes", "affirm")
    assert visit.state == {}


def test_facts_told_with_the_wish_are_acknowledged_by_the_invitation() -> None:
    visit = Visit()
    stopped = {
        "entity": "medicine", "value": "isotretinoin", "role": "past", "text": "accutane",
    }  # fmt: skip
    ago = {"entity": "duration", "value": "P8M", "text": "8 months ago"}
    visit.opens("stopped accutane 8 months ago, could it be for me?", [stopped, ago])
    assert (
        visit.messages[0]["text"] == "I noted: Acne tablets (isotretinoin): 6 months ago or more."
    )
    assert visit.responses == ["utter_prescreen_consent"]
    visit.says("tell me more about it", "tell_more")
    assert "I noted" not in visit.words


def test_a_question_that_comes_back_names_what_can_be_said() -> None:
    visit = at("11")
    visit.says("asdf")
    said = visit.messages[-1]["text"]
    assert said.startswith(table().rows["11"].repeat)
    for choice in table().rows["11"].shown():
        assert choice.title in said


@pytest.mark.parametrize("row", ["1a", "1b", "4a", "4d"])
def test_what_is_urgent_is_told_at_once_in_the_words_of_its_event(row: str) -> None:
    visit, _ = walk({row: "yes"})
    choice = table().rows[row].choices["yes"]
    event = urgency().events[choice.event]
    last = visit.payloads("question")[-1]
    assert row in json.dumps(last), "nothing more is asked after it"
    if event.level == "U1":
        assert event.response in visit.responses
        assert visit.payloads("urgent")[0]["sign"] == event.name
    else:
        assert visit.payloads("result")[0]["next"] == (
            f"Please {clinic().facts()[f'urgency_{event.name}']}. {event.first_aid}"
        )


def test_no_answer_is_urgent_otherwise_than_its_event() -> None:
    check_urgency(table())
    row = table().rows["4a"]
    wrong = replace(row.choices["yes"], event="breathing")
    unknown = replace(row.choices["not_sure"], event="nothing")
    rows = {"4a": replace(row, choices={**row.choices, "yes": wrong, "not_sure": unknown})}
    with pytest.raises(TableError) as caught:
        check_urgency(replace(table(), rows=rows))
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert (
        "row '4a', answer 'yes': field 'event' has value 'breathing' with outcome 'U2'" in lines[0]
    )
