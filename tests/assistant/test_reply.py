"""What goes out with an answer: who reviewed it, only where somebody signed these words."""

from __future__ import annotations

from assistant.reply import render_message, signed_by, sureness

SIGNED = "Dr Ana Ruiz, GMC 7654321 2026-11-23 0123abcd"


def test_who_signed_and_when_goes_out_without_the_fingerprint() -> None:
    assert signed_by(SIGNED) == "Dr Ana Ruiz, GMC 7654321, 2026-11-23"


def test_what_is_no_signature_is_pending() -> None:
    for review in ("pending", "", "Dr Ana Ruiz", "Dr Ana Ruiz 2026-11-23", "2026-11-23 0123abcd"):
        assert signed_by(review) == "pending"


def test_the_card_of_an_answer_names_whoever_signed() -> None:
    details = {"question": "Does it hurt?", "sources": ["mayo"], "reviewed": "2026-11-23"}
    uttered = {"utter_action": "utter_faq/pain_feel"}
    for review, shown in ((SIGNED, "Dr Ana Ruiz, GMC 7654321, 2026-11-23"), ("pending", "pending")):
        metadata = {**uttered, "metadata": {**details, "clinical_review": review}}
        answer = render_message({"text": "A little.", "metadata": metadata})["answer"]
        assert answer["clinical_review"] == shown


def test_how_sure_the_nearest_answer_is() -> None:
    ranking = [{"intent_response_key": "faq/pain_feel", "confidence": 0.123456}]
    assert sureness({"response_selector": {"faq": {"ranking": ranking}}}) == 0.1235
    assert sureness({}) == 0.0
