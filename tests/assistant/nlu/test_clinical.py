from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.nlu.clinical import ClinicalEntityExtractor
from assistant.nlu.medical.rules import DATA, digest
from benchmarks.clinical_entities import SECTIONS, load_sentences, make_reader, score
from tests.assistant.nlu.component_contract import ComponentContract


class TestClinicalEntityExtractor(ComponentContract):
    component = ClinicalEntityExtractor

    def test_a_fact_has_the_keys_of_the_contract(self, trained: ClinicalEntityExtractor) -> None:
        (fact,) = self.understand(trained, "I'm on Roaccutane")["entities"]
        assert fact == {
            "entity": "medicine",
            "value": "isotretinoin",
            "role": "asserted",
            "start": 7,
            "end": 17,
            "text": "Roaccutane",
            "extractor": "ClinicalEntityExtractor",
        }

    def test_a_disguised_word_is_found_where_it_stands(
        self, trained: ClinicalEntityExtractor
    ) -> None:
        text = "im \u200bｐｒｅｇｎａｎｔ 😬"
        (fact,) = self.understand(trained, text)["entities"]
        assert (fact["value"], text[fact["start"] : fact["end"]]) == (
            "pregnancy",
            "ｐｒｅｇｎａｎｔ",
        )

    def test_the_region_says_how_phone_numbers_are_read(
        self, trained: ClinicalEntityExtractor
    ) -> None:
        found = self.understand(trained, "call me on 020 7946 0958")["entities"]
        assert [fact["value"] for fact in found] == ["+442079460958"]


def test_a_changed_rule_trains_anew(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    assert digest(tmp_path) == digest()
    with (tmp_path / "vocabulary.yml").open("a", encoding="utf-8") as file:
        file.write("# changed")
    assert digest(tmp_path) != digest()


@pytest.mark.parametrize("section", SECTIONS)
def test_facts_are_read_with_their_roles(section: str) -> None:
    read = score(load_sentences(section), make_reader())
    assert read.f1 >= 0.95, read.wrong


def test_a_risk_that_somebody_has_is_hardly_ever_read_as_denied() -> None:
    sentences = [sentence for section in SECTIONS for sentence in load_sentences(section)]
    read = score(sentences, make_reader())
    assert read.risks > 150
    assert read.risks_denied / read.risks <= 0.01
    assert read.risks_missed / read.risks <= 0.02


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("52 yrs, light skin", ["52"]),
        ("a lady of fifty two years", ["52"]),
        ("my 13 yr old has a scar", ["13"]),
        ("im 16 years", ["16"]),
        ("16 years", ["16"]),
        ("all clear 4 yrs, still on tamoxifen", []),
        ("stable for about six years", []),
        ("on oestrogen 2 yrs", []),
        ("three clinics told me three different things", []),
    ],
)
def test_few_years_are_a_length_of_time_and_no_child(text: str, ages: list[str]) -> None:
    found = make_reader().read(text)
    assert [fact.value for fact in found if fact.entity == "age"] == ages
