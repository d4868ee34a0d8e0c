from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from dotenv import dotenv_values

from clinic import Clinic, load_default
from frontdesk.channels.base import Unreadable
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.settings import META, PROVIDERS, Settings, SettingsError
from frontdesk.storage.connections import connect, migrate
from scripts.check_channels import (
    OPTIONAL,
    PATHS,
    SHAPES,
    TEST_WORDS,
    aside,
    findings,
    main,
    report,
    send_live,
)
from tests.frontdesk.channels.drivers import Driver, EmailDriver, SmsDriver, WhatsAppDriver
from tests.standins.provider import Script

GOOD = {
    "PUBLIC_URL": "https://desk.clinic.example",
    "ASSISTANT_SECRET": "0123456789abcdef",
    "MAIL_FROM": "desk@clinic.example",
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
    "TWILIO_SMS_NUMBER": "+447700900123",
    "META_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "META_VERIFY_TOKEN": "a-word-of-our-own",
    "WHATSAPP_PHONE_NUMBER_ID": "106540352242922",
    "WHATSAPP_ACCESS_TOKEN": "EAA" + "x1" * 30,
    "MESSENGER_PAGE_ID": "104152353451234",
    "MESSENGER_ACCESS_TOKEN": "EAA" + "x1" * 30,
    "INSTAGRAM_ACCOUNT_ID": "17841400000000001",
    "INSTAGRAM_ACCESS_TOKEN": "EAA" + "x1" * 30,
    "TELEGRAM_BOT_TOKEN": "123456789:" + "A" * 35,
    "TELEGRAM_SECRET_TOKEN": "a-secret-token-of-our-own",
    "CHATWOOT_URL": "https://chat.clinic.example",
    "CHATWOOT_ACCOUNT_ID": "1",
    "CHATWOOT_ACCESS_TOKEN": "x" * 24,
    "CHATWOOT_WEBHOOK_SECRET": "x" * 24,
    "EMAIL_ADDRESS": "hello@clinic.example",
    "EMAIL_SIGNING_KEY": "x" * 24,
    "SMTP_HOST": "mail.clinic.example",
}
KEYS = {key for keys in (*PROVIDERS.values(), META, *OPTIONAL.values()) for key in keys}


def test_everything_that_is_complete_is_said_to_be() -> None:
    lines, complete = report(GOOD)
    assert complete, lines
    assert [line[:2] for line in lines] == ["ok"] * len(PROVIDERS)
    assert "ok  Twilio: its webhook is https://desk.clinic.example/channels/twilio" in lines


def test_nothing_configured_is_fine() -> None:
    lines, complete = report({"ASSISTANT_SECRET": "0123456789abcdef"})
    assert complete and all("switched off" in line for line in lines)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_what_is_missing_or_misshapen_is_named_and_never_printed(key: str) -> None:
    for value in ("", "#!wrong value!#"):
        lines, complete = report({**GOOD, key: value})
        assert not complete or (key in SHAPES and not value and key in OPTIONAL["Twilio"])
        if not complete:
            assert any(key in line for line in lines)
        assert not any("#!wrong" in line for line in lines)


def test_an_address_without_tls_is_named() -> None:
    assert "PUBLIC_URL" in findings({**GOOD, "PUBLIC_URL": "http://x"}, "Telegram")[0]


def test_whatsapp_through_two_providers_is_refused() -> None:
    both = {**GOOD, "TWILIO_WHATSAPP_NUMBER": "+447700900123"}
    lines, complete = report(both)
    assert not complete and "one provider" in lines[-1]
    with pytest.raises(SettingsError):
        Settings.read(both)


def test_every_key_has_a_shape_a_line_in_the_example_and_one_in_a_document() -> None:
    documents = "".join(path.read_text() for path in Path("docs/channels").glob("*.md"))
    assert set(SHAPES) == KEYS
    assert set(dotenv_values(".env.example")) >= KEYS
    assert {key for key in KEYS if key not in documents} == set()


def test_every_provider_has_a_document_that_names_its_webhook() -> None:
    documents = "".join(path.read_text() for path in Path("docs/channels").glob("*.md"))
    assert {path for path in PATHS.values() if path not in documents} == set()


@pytest.mark.parametrize("make", [SmsDriver, WhatsAppDriver, EmailDriver])
async def test_one_test_message_is_sent_when_asked(make: type[Driver]) -> None:
    clinic: Clinic = load_default()
    driver = make()  # type: ignore[call-arg]
    settings = Settings.read({"ASSISTANT_SECRET": "0123456789abcdef", **driver.settings})
    try:
        line = await send_live(settings, clinic, driver.channel, driver.address)
        assert line.startswith(f"ok  {driver.channel}: sent")
        assert [(one.to, one.text) for one in driver.provider.sent] == [
            (driver.address, TEST_WORDS)
        ]
        driver.provider.scripted = [Script(400)]
        refused = await send_live(settings, clinic, driver.channel, driver.address)
        assert refused.startswith("NO") and driver.refused in refused
        away = await send_live(settings, clinic, "telegram", "1")
        assert away == f"NO  telegram: not switched on; allowed: {', '.join(_names(driver))}"
    finally:
        driver.provider.close()


async def test_what_was_set_aside_is_listed_without_words_and_shown_when_asked(
    tmp_path: Path,
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    migrate(url)
    engine = connect(url)
    kept = WebhookEvents(engine, lambda: datetime(2026, 11, 23, 12, tzinfo=timezone.utc))
    await kept.keep([Unreadable("sms", "MessageSid is missing", "Body=hello")])
    await engine.dispose()
    assert await aside(url, []) == ["1  sms: MessageSid is missing"]
    assert await aside(url, ["1"]) == ["Body=hello"] and await aside(url, ["2"]) == []


def test_nobody_is_called_by_a_word_that_is_misspelt() -> None:
    for arguments in (["--live"], ["--life", "sms=1"], ["--live", "sms"], ["sms=1"]):
        assert main(arguments) == 2


def _names(driver: Driver) -> list[str]:
    return ["sms", "whatsapp"] if isinstance(driver, SmsDriver) else [driver.channel]
