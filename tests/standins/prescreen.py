"""A pre-screen of two questions, as the cards of docs/contracts.md section 2, for the stand-in assistant."""

from __future__ import annotations

from typing import Any


def button(name: str, title: str, **more: str) -> dict[str, str]:
    return {"id": f"b_{name}", "title": title, **more}


def question(kind: str, step: int, choices: list[dict[str, str]], why: str) -> dict[str, Any]:
    many = kind == "many"
    return {
        "type": "question",
        "pre_screen": "p_1",
        "kind": kind,
        "step": step,
        "of": 9,
        "choices": choices,
        "none": button("none", "None of these") if many else None,
        "done": button("done", "That is all") if many else None,
        "skip": [button("unsure", "Not sure"), button("private", "Rather not say")],
        "why": button("why", "Why do you ask?", text=why),
        "steer": [button("back", "Back"), button("stop", "Stop")],
    }


def buttons(card: dict[str, Any]) -> list[dict[str, str]]:
    made = [*card["choices"], card["none"], card["done"], *card["skip"], card["why"]]
    return [{"id": b["id"], "title": b["title"]} for b in [*made, *card["steer"]] if b]


AGE = question(
    "one",
    3,
    [
        button("young", "No, under 18", gloss=""),
        button("adult", "Yes, 18 or over", gloss=""),
    ],
    "We treat adults only.",
)
MEDICINES = question(
    "many",
    4,
    [
        button("thinners", "Blood thinners", gloss="such as warfarin or daily aspirin"),
        button("acne", "Isotretinoin", gloss="such as Roaccutane"),
        button("steroids", "Steroids", gloss=""),
    ],
    "Some medicines change how skin heals.",
)
CHANGE = [button("c1", "Change: Age: 18 or over"), button("c2", "Change: Blood thinners: yes")]
NOTED = {
    "type": "noted",
    "pre_screen": "p_1",
    "facts": ["Age: 18 or over", "Blood thinners: yes"],
    "change": CHANGE,
}
RESULT = {
    "type": "result",
    "pre_screen": "p_1",
    "outcome": "R",
    "headline": "Our staff should look first.",
    "next": "Please talk to us before you book.",
    "reasons": ["Blood thinners can mean more bruising.", "A test patch may be needed."],
    "more": ["Bring a list of your medicines."],
    "come_back": "2027-03-01",
    "come_back_words": "The earliest date to come back is 1 March 2027.",
    "safety_net": "This is not a diagnosis. In an emergency call 999.",
}
CONSENT = "I am a machine: I cannot examine or diagnose you. I can ask about 9 quick health questions. Shall I begin?"


def answer(text: str) -> list[dict[str, Any]] | None:
    """What the pre-screen says to words or a button; None for anything else."""

    def said(words: str, payload: dict[str, Any], offered: list[dict[str, str]]) -> dict[str, Any]:
        return {"text": words, "buttons": offered, "answer": None, "payload": payload}

    if "suit me" in text:
        offered = [button("begin", "Yes, begin"), button("later", "No, thanks")]
        return [said(CONSENT, {"type": "consent", "pre_screen": "p_1"}, offered)]
    if "progress" in text or text == "button b_begin":
        return [said("Are you 18 or over?", AGE, buttons(AGE))]
    if text in ("button b_adult", "button b_c2"):
        return [said("Do you take any of these medicines?", MEDICINES, buttons(MEDICINES))]
    if text.startswith("button") and text.endswith(("b_done", "b_none")):
        offered = [button("right", "Yes, that is right"), *CHANGE]
        return [said("I noted: 18 or over; blood thinners.", NOTED, offered)]
    if text == "button b_right":
        offered = [button("send", "Yes, send it to staff"), button("keep", "No, keep it private")]
        share = {"type": "share", "pre_screen": "p_1"}
        return [
            said("Our staff should look first.", RESULT, []),
            said("Shall I send this result and your answers to our staff?", share, offered),
        ]
    return None
