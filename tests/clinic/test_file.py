from __future__ import annotations

import re
from pathlib import Path

import pytest

from clinic import Clinic, ClinicFileError, load
from clinic.quantities import PRACTICE

SAMPLE = Path("clinic.yml")


@pytest.fixture(scope="module")
def sample() -> Clinic:
    return load(SAMPLE)


def test_the_sample_clinic_is_valid_and_says_that_it_is_a_sample(sample: Clinic) -> None:
    assert sample.is_sample
    assert sample.emergency_number == "999"


def test_every_placeholder_of_the_contract_is_filled(sample: Clinic) -> None:
    contract = Path("docs/contracts.md").read_text(encoding="utf-8")
    section = contract.partition("## 5.")[2].partition("## 6.")[0]
    words = re.sub(r"\([^)]*\)", "", section.partition("any response:")[2])
    lists = words.replace("and from `practice:`", ",")
    names = {
        word
        for part in lists.replace(".\n", ",").replace("\n", ",").split(",")
        if (word := part.strip().split(" ")[0]) and word.replace("_", "").isalpha()
    }
    assert len(names) > 60
    assert names - set(sample.facts()) == set()


def test_waits_become_numbers_for_the_pre_screen(sample: Clinic) -> None:
    settings = sample.settings()
    assert settings["tan_wait_weeks"] == 4
    assert settings["isotretinoin_wait_months"] == 6
    assert settings["minimum_age"] == 18
    assert settings["isotretinoin_policy"] == "wait"


MISTAKES = [
    (
        "tan_wait: 4 weeks",
        "tan_wait: a while",
        "'practice.tan_wait' has value 'a while'",
        "4 weeks",
    ),
    (
        "tan_wait: 4 weeks",
        "tan_wait: 0 weeks",
        "'practice.tan_wait' has value '0 weeks'",
        "'4 weeks' or the like",
    ),
    (
        "upkeep_gap: 12 to 24 months",
        "upkeep_gap: once a year",
        "'practice.upkeep_gap' has value 'once a year'",
        "between '3 months' and '5 years'",
    ),
    (
        "redness_light: 2 hours to 2 days",
        "redness_light: 2 days to 2 hours",
        "'practice.redness_light' has value '2 days to 2 hours'",
        "between '1 hour' and '7 days'",
    ),
    (
        "exercise_wait: 24 hours",
        "exercise_wait: 3 weeks",
        "'practice.exercise_wait' has value '3 weeks'",
        "between '12 hours' and '14 days'",
    ),
    (
        "work_light: the same day",
        "work_light: 1 day",
        "'practice.work_light' has value '1 day'",
        "between 'the same day' and 'after 7 days'",
    ),
    ("light_laser_wait: 3 weeks", "light_laser_wait: 20 weeks", "is longer than", "or shorter"),
    ("swim_wait: 1 week", "swm_wait: 1 week", "'practice.swm_wait' is not known", ""),
    (
        "consultation: free",
        "consultation: Free.",
        "'prices.consultation' has value 'Free.'",
        "an amount of money",
    ),
    ("A course of", "a course of", "'prices.course' has value", "whole sentences"),
    ("nm fractional laser", "nm laser.", "'treatment.devices' has value", "no full stop last"),
    ("Europe/London", "Mars", "'time_zone' has value 'Mars'", "Europe/London"),
    ("name: H", "nmae: H", "'nmae' is not known", ""),
    ("name: H", "nmae: H", "'name' is missing", ""),
    (
        "policy: wait ",
        "policy: maybe ",
        "'prescreen.isotretinoin_policy' has value",
        "wait, review",
    ),
    ("country: GB", "country: UK", "'country' has value 'UK'", "GB, US or ES"),
    ("country: GB", "country: gb", "'country' has value 'gb'", "two capital letters"),
    ("https://harbourskin.example\n", "harbourskin\n", "'website' has value", "https://"),
    ("09:00-17:00", "9-5", "'hours.friday' has value", "09:00-18:00"),
    ("09:00-17:00", "17:00-09:00", "'hours.friday' has value", "09:00-18:00"),
    ("claim_minutes: 10", "claim_minutes: -1", "'handover.claim_minutes' has value -1", "1"),
    ("[website]", "[web]", "'prescreen.channels.0' has value 'web'", "website"),
    ("monday:", "mnday:", "'hours' has a key that is not known", "monday"),
    ('"999"', '"call us"', "'emergency_number' has value 'call us'", "allowed"),
    (
        '"999"',
        '"911"',
        "'emergency_number' has value '911'; allowed with key 'country' GB: ",
        "999, 112",
    ),
    (
        '"116 123"',
        '"988"',
        "'crisis_line' has value '988'; allowed with key 'country' GB: ",
        "116 123",
    ),
    ('"116 123"', '"Samaritans"', "'crisis_line' has value 'Samaritans'", "allowed"),
    *[
        ("from: £180", f"from: {price!r}", "'prices.from' has value", "such as '£180'")
        for price in ("-20", "£-5", "£٢٠", "£1,,,2", "((1", "%5", "£0", "£50 £", "£50: off", "50p")
    ],
    *[
        (
            'phone: "+44 20 7946 0123"',
            f"phone: {phone!r}",
            "'phone' has value",
            "a telephone number",
        )
        for phone in ("(((((((", "-----", "٠٢٠٧٩٤٦٠٠٠٠", "+1", "020 7946 0000 ext 3")
    ],
    *[
        ("name: Harbour", f'name: "Harb{sign}our"  # ', "key 'name' has", "plain words")
        for sign in ("{", "}", "\\u202e", "\\0", "\\u200b", "\\u200f", "\\ufeff")
    ],
    ("Is it safe", "Is{phone} it safe", "'website_chat.questions' has a '{'", "plain words"),
]


@pytest.mark.parametrize(
    "phone", ["(212) 555-0100", "030 / 1234 5678", "01.23.45.67.89", "+49 (0) 30 / 1234 5678"]
)
def test_a_telephone_number_is_written_in_many_ways(tmp_path: Path, phone: str) -> None:
    file = tmp_path / "clinic.yml"
    text = SAMPLE.read_text(encoding="utf-8").replace("+44 20 7946 0123", phone, 1)
    file.write_text(text, encoding="utf-8")
    assert load(file).phone == phone


@pytest.mark.parametrize(
    "price",
    [
        *(
            "free",
            "£180",
            "£1,200.50",
            "€1.200,50",
            "1 200 €",
            "CHF 90",
            "A$1,500",
            "£0.50",
            "£9999",
        ),
        *(
            "180,- €",
            "CHF 90.–",
            "CHF 1’200.-",
            "Fr. 90.–",
            "$180 CAD",
            "￥18,000",
            "18,000円",
            "฿5,000",
        ),
        *("₹1,50,000", "1\u202f200\u00a0€", "1 200 kr", "300 zł", "R$ 1.200,00", "180 EUR"),
    ],
)
def test_an_amount_of_money_is_written_in_many_ways(tmp_path: Path, price: str) -> None:
    file = tmp_path / "clinic.yml"
    text = SAMPLE.read_text(encoding="utf-8").replace("from: £180", f"from: '{price}'", 1)
    file.write_text(text, encoding="utf-8")
    assert load(file).facts()["price_from"] == price


@pytest.mark.parametrize(("old", "new", "says", "allowed"), MISTAKES)
def test_a_mistake_is_named_with_file_key_value_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, says: str, allowed: str
) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    broken = tmp_path / "clinic.yml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ClinicFileError) as error:
        load(broken)
    assert str(broken) in str(error.value)
    assert says in str(error.value)
    assert allowed in str(error.value)


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "name: [unclosed", "\x00"])
def test_a_file_that_is_not_a_clinic_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    broken = tmp_path / "clinic.yml"
    broken.write_text(content, encoding="utf-8")
    with pytest.raises(ClinicFileError) as error:
        load(broken)
    assert len(str(error.value).splitlines()) == 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClinicFileError, match="there is no such file"):
        load(tmp_path / "nowhere.yml")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("session_gap", "2 to 4 weeks", "2 to 4 weeks"),
        ("redness_light", "2 hours to 1 days", "2 hours to 1 day"),
        ("work_light", "after 2 days", "after 2 days"),
        ("makeup_wait", "the same day", "the same day"),
        ("sessions", "4", "4"),
        ("spf", "50", "SPF 50 or higher"),
        ("cold_sore_wait", "1 weeks", "1 week"),
    ],
)
def test_a_quantity_has_one_form(key: str, value: str, words: str) -> None:
    assert str(PRACTICE[key].parse(value)) == words


@pytest.mark.parametrize("name", PRACTICE)
def test_the_sample_and_each_bound_of_a_setting_can_be_read(name: str) -> None:
    setting = PRACTICE[name]
    for words in filter(None, (setting.example, setting.least, setting.most)):
        assert setting.parse(words)
