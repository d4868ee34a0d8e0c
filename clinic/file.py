"""Reads and checks clinic.yml: every mistake is one sentence with file, key, value and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from phonenumbers import SUPPORTED_REGIONS
from pydantic import (
    BaseModel,
    Extra,
    Field,
    ValidationError,
    constr,
    create_model,
    root_validator,
    validator,
)
from pydantic.fields import ModelField
from pydantic.utils import lenient_issubclass

from clinic import mistakes, urgency
from clinic.clinic import Channels, Clinic, Handover, Prescreen, Price, Retention, Template
from clinic.hours import DAYS, OpeningHours, read_day
from clinic.quantities import PRACTICE, Duration, Quantity, orders_broken
from clinic.spoken import ENGLISH, folders

PUBLIC_NUMBERS = ("emergency_number", "urgent_number", "poisons_line", "crisis_line", "safety_line")
KINDS = (
    "gentle_laser",
    "fractional_laser",
    "strong_laser",
    "infrared",
    "radio_waves",
    "rf_needles",
    "ultrasound",
    "ipl",
    "needling",
    "pico",
)
"""The kinds of data/devices.yml."""

CHANNELS = ("website", "sms", "whatsapp", "messenger", "instagram", "telegram", "chatwoot", "email")


class ClinicFileError(ValueError):
    """clinic.yml is missing, is not YAML, or holds a value that is not allowed."""


class _Section(BaseModel):
    class Config:
        extra = Extra.forbid
        anystr_strip_whitespace = True
        min_anystr_length = 1


def _sentence() -> Any:
    """One or more whole sentences; a text may put it only where a sentence can stand."""
    return Field(regex=mistakes.SENTENCE)


def _phrase() -> Any:
    """Words for the middle of a sentence: no full stop of its own."""
    return Field(regex=mistakes.PHRASE)


class _Place(_Section):
    address: str = _phrase()
    directions: str = _sentence()
    parking: str = _sentence()
    accessibility: str = _sentence()


class _Booking(_Section):
    how: str = _sentence()
    url: str = Field(regex=mistakes.WEB)
    cancellation: str = _sentence()
    missed_visit: str = _sentence()
    late_arrival: str = _sentence()
    consultation: str = _sentence()
    same_day: str = _sentence()


class _Prices(_Section):
    consultation: str = Field(regex=mistakes.PRICE)
    list: str = _sentence()
    from_: str = Field(alias="from", regex=mistakes.PRICE)
    course: str = _sentence()
    included: str = _sentence()
    deposit: str = _sentence()
    refunds: str = _sentence()
    payment: str = _sentence()
    offers: str = _sentence()
    insurance: str = _sentence()


class _Treatment(_Section):
    devices: str = _phrase()
    kinds: list[Literal[KINDS]]  # type: ignore[valid-type]
    dark_skin_device: str = _phrase()
    other_treatments: str = _sentence()
    operators: str = _sentence()
    team: str = _sentence()
    cover: str = _sentence()


class _People(_Section):
    languages: str = _phrase()
    children: str = _sentence()
    complaints: str = _sentence()


class _Law(_Section):
    rules: str = _sentence()
    registration: str = _sentence()
    registers: str = _sentence()
    reporting: str = _sentence()


class _PracticeLines(_Section):
    @validator("*", check_fields=False)
    def _as_its_setting_says(cls, value: object, field: ModelField) -> Quantity:
        return PRACTICE[field.name].parse(value)

    @root_validator(skip_on_failure=True)
    def _in_order(cls, values: dict[str, Any]) -> dict[str, Any]:
        broken = orders_broken(values)
        if broken:
            raise ValueError("; ".join(broken))
        return values


_Practice = create_model(
    "_Practice", __base__=_PracticeLines, **{name: (Any, ...) for name in PRACTICE}
)  # type: ignore[call-overload]


class _Prescreen(_Section):
    minimum_age: int = Field(ge=16, le=21)
    isotretinoin_policy: Literal["wait", "review"]
    breastfeeding_policy: Literal["wait", "review"]
    channels: list[Literal[CHANNELS]]  # type: ignore[valid-type]


class _Template(_Section):
    name: str = Field(regex=mistakes.TEMPLATE)
    language: str = Field(regex=mistakes.LANGUAGE)
    text: str = Field(max_length=1024)

    @validator("text")
    def _counts_from_one(cls, value: str) -> str:
        places = {int(one) for one in re.findall(r"\{(\d+)\}", value)}
        if places != set(range(1, len(places) + 1)) or len(places) > 9:
            raise ValueError("allowed are places {1}, {2} and so on, up to {9}, none left out")
        return value


class _Channels(_Section):
    media: Literal["show", "ignore"]
    attachments: bool = False
    message_prices: dict[Literal[CHANNELS], Any] = {}  # type: ignore[valid-type]  # noqa: RUF012
    whatsapp_templates: list[_Template] = Field(max_items=10)

    @validator("message_prices", each_item=True)
    def _one_amount(cls, value: Any) -> Price:
        return Price.parse(str(value))


class _WebsiteChat(_Section):
    questions: list[constr(min_length=3, max_length=60)] = Field(max_items=4)  # type: ignore[valid-type]


class _Answers(_Section):
    signed_only: bool = False


class _Assistant(_Section):
    languages: list[str] = Field(default=[ENGLISH], min_items=1)
    own_words: dict[str, dict[str, str]] = {}

    @validator("languages", each_item=True)
    def _has_a_folder(cls, value: str) -> str:
        known = (ENGLISH, *folders())
        if value not in known:
            raise ValueError(f"allowed: {', '.join(known)}")
        return value

    @validator("languages")
    def _english_too(cls, value: list[str]) -> list[str]:
        if ENGLISH not in value:
            raise ValueError(f"allowed are lists with {ENGLISH} in them: staff read English")
        return value


class _Handover(_Section):
    reply_time: str
    claim_minutes: int = Field(ge=1, le=1440)
    silent_minutes: int = Field(ge=1, le=1440)
    idle_minutes: int = Field(ge=1, le=10080)
    alert_again_minutes: int = Field(default=15, ge=1, le=1440)
    on_duty_means: Literal["inbox_open", "notice"] = "inbox_open"


class _Retention(_Section):
    abandoned: int = Field(ge=1, le=3650)
    finished: int = Field(ge=1, le=3650)
    handed_over: int = Field(ge=1, le=3650)
    audit: int = Field(ge=90, le=3650)


class _Privacy(_Section):
    retention: _Retention


class _File(_Section):
    sample: bool
    name: str = Field(max_length=100)
    phone: str = Field(regex=mistakes.PHONE)
    emergency_number: str = Field(regex=mistakes.EMERGENCY)
    urgent_number: str = Field(regex=mistakes.SHORT_NUMBER)
    poisons_line: str = Field(regex=mistakes.SHORT_NUMBER)
    crisis_line: str = Field(regex=mistakes.SHORT_NUMBER)
    safety_line: str = Field(regex=mistakes.SHORT_NUMBER)
    email: str = Field(regex=mistakes.EMAIL)
    website: str = Field(regex=mistakes.WEB)
    privacy_url: str = Field(regex=mistakes.WEB)
    country: str = Field(regex=mistakes.COUNTRY)
    time_zone: str
    place: _Place
    hours: dict[Literal[DAYS], list[str]]  # type: ignore[valid-type]
    out_of_hours_advice: str = _sentence()
    booking: _Booking
    prices: _Prices
    treatment: _Treatment
    people: _People
    law: _Law
    practice: _Practice  # type: ignore[valid-type]
    prescreen: _Prescreen
    channels: _Channels
    website_chat: _WebsiteChat
    answers: _Answers = _Answers()
    assistant: _Assistant = _Assistant()
    handover: _Handover
    privacy: _Privacy

    @validator("time_zone")
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("allowed is an IANA time zone such as Europe/London") from error
        return value

    @validator("country")
    def _has_telephones(cls, value: str) -> str:
        if value not in SUPPORTED_REGIONS:
            raise ValueError("allowed is the code of a country (ISO 3166), such as GB, US or ES")
        return value

    @validator("hours", each_item=True)
    def _readable_spans(cls, value: list[str]) -> list[str]:
        read_day(value)
        return value


def left_out() -> dict[str, object]:
    """What the file may leave out, by key, and what that means."""
    return {**{f"hours.{day}": [] for day in DAYS}, **dict(_defaults(_File))}


def _defaults(section: type[BaseModel], before: str = "") -> Iterator[tuple[str, object]]:
    """The keys of a section with a value of their own; those that hold keys have none."""
    for field in section.__fields__.values():
        if lenient_issubclass(field.outer_type_, BaseModel):
            yield from _defaults(field.outer_type_, f"{before}{field.alias}.")
        elif not field.required and not isinstance(field.default, Mapping):
            yield f"{before}{field.alias}", field.get_default()


def load(path: Path) -> Clinic:
    """Read and check one clinic file. Raise ClinicFileError with every mistake, a line each."""
    return checked(path, content_of(path))


def content_of(path: Path) -> dict[str, object]:
    """The content of a clinic file, not checked yet. Raise ClinicFileError when it cannot be read."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise ClinicFileError(f"{path}: there is no such file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        detail = " ".join(str(error).split())
        raise ClinicFileError(f"{path}: this is not YAML: {detail}") from error
    if not isinstance(content, dict):
        raise ClinicFileError(f"{path}: the file must hold keys such as 'name' and 'phone'")
    return content


def checked(path: Path, content: dict[str, object]) -> Clinic:
    """The clinic of a content. Raise ClinicFileError with every mistake, a line each."""
    try:
        parsed = _File.parse_obj(content)
    except ValidationError as error:
        lines = [mistakes.in_words(path, content, one) for one in error.errors()]
        raise ClinicFileError("\n".join(lines)) from error
    numbers = {key: getattr(parsed, key) for key in PUBLIC_NUMBERS}
    wrong = [*mistakes.odd_signs(content), *mistakes.foreign_numbers(parsed.country, numbers)]
    if wrong:
        raise ClinicFileError("\n".join(f"{path}: {mistake}" for mistake in wrong))
    return _clinic(parsed)


def _clinic(file: _File) -> Clinic:
    hours = _hours(file)
    retention = Retention(**file.privacy.retention.dict())
    words = {
        "name": file.name,
        "phone": file.phone,
        "email": file.email,
        "website": file.website,
        "privacy_url": file.privacy_url,
        **file.place.dict(),
        "hours": hours.in_words(),
        "out_of_hours_advice": file.out_of_hours_advice,
        "booking": file.booking.how,
        "booking_url": file.booking.url,
        **file.booking.dict(exclude={"how", "url"}),
        "consultation_price": file.prices.consultation,
        "price_list": file.prices.list,
        "price_from": file.prices.from_,
        "course_price": file.prices.course,
        "included": file.prices.included,
        "deposit": file.prices.deposit,
        "refunds": file.prices.refunds,
        "offers": file.prices.offers,
        "payment": file.prices.payment,
        "insurance": file.prices.insurance,
        **file.treatment.dict(exclude={"kinds"}),
        **file.people.dict(),
        "country_rules": file.law.rules,
        "registration": file.law.registration,
        "registers": file.law.registers,
        "reporting": file.law.reporting,
        "minimum_age": str(file.prescreen.minimum_age),
        "reply_time": file.handover.reply_time,
        "retention_days": str(Duration(retention.longest, "day")),
        **{key: getattr(file, key) for key in PUBLIC_NUMBERS},
    }
    words |= urgency.load_default().facts(words)
    return Clinic(
        name=file.name,
        phone=file.phone,
        emergency_number=file.emergency_number,
        country=file.country,
        is_sample=file.sample,
        retention=retention,
        hours=hours,
        handover=Handover(**file.handover.dict(exclude={"reply_time"})),
        prescreen=Prescreen(
            **{**file.prescreen.dict(), "channels": tuple(file.prescreen.channels)}
        ),
        channels=_channels(file.channels),
        chat_questions=tuple(file.website_chat.questions),
        kinds=frozenset(file.treatment.kinds),
        signed_only=file.answers.signed_only,
        words=words,
        practice=dict(file.practice),
        **_spoken(file.assistant, words),
    )


def _hours(file: _File) -> OpeningHours:
    return OpeningHours(
        {day: read_day(spans) for day, spans in file.hours.items()},
        ZoneInfo(file.time_zone),
    )


def _spoken(section: _Assistant, words: Mapping[str, str]) -> dict[str, Any]:
    """The languages, and sentences in them that each stand for a fact that the clinic has."""
    for language, sentences in section.own_words.items():
        for key in sentences:
            if key not in words:
                raise ClinicFileError(
                    f"key 'assistant.own_words.{language}.{key}' is no fact of the clinic; "
                    f"allowed: {', '.join(words)}"
                )
    languages = tuple(dict.fromkeys(section.languages))
    return {"spoken": languages, "own_words": section.own_words}


def _channels(section: _Channels) -> Channels:
    templates = tuple(Template(**one.dict()) for one in section.whatsapp_templates)
    return Channels(section.media == "show", templates, section.attachments, section.message_prices)
