"""`make check-channels`: which messaging channels are configured, and what is missing or misshapen.

    python -m scripts.check_channels
    python -m scripts.check_channels --live sms=+447700900456
    python -m scripts.check_channels --aside [NUMBER]

It looks at the shape of every credential and at what providers ask of an address, and prints no
secret. It calls nobody, unless --live names a channel and an address of your own: then it sends one
test message there, as a reply would be sent. --aside lists what providers sent and nobody could read;
with its number, the thing itself, which may hold a visitor's words.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from clinic import Clinic, ClinicFileError, load_default
from frontdesk.channels import open_channels
from frontdesk.channels.base import Channel
from frontdesk.channels.reception import Reception
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.conversations.mail_files import MailFiles
from frontdesk.conversations.model import Author, Conversation, Message, Owner
from frontdesk.outgoing.carrier import Part, Refused, TryAgain, Unclear
from frontdesk.settings import META, PROVIDERS, SHARED, Settings, SettingsError
from frontdesk.storage import connections
from scripts.environment import SettingsError as EnvironmentSettingsError
from scripts.environment import prepare


@dataclass(frozen=True)
class Shape:
    """What a credential looks like, as a pattern and in words."""

    pattern: str
    words: str


SHAPES = {
    "TWILIO_ACCOUNT_SID": Shape(r"AC[0-9a-f]{32}", "AC and 32 signs of 0-9 a-f"),
    "TWILIO_AUTH_TOKEN": Shape(r"[0-9a-f]{32}", "32 signs of 0-9 a-f"),
    "TWILIO_SMS_NUMBER": Shape(r"\+[1-9]\d{6,14}", "a number such as +447700900123"),
    "TWILIO_WHATSAPP_NUMBER": Shape(r"\+[1-9]\d{6,14}", "a number such as +447700900123"),
    "META_APP_SECRET": Shape(r"[0-9a-f]{32}", "32 signs of 0-9 a-f"),
    "META_VERIFY_TOKEN": Shape(r"\S{8,100}", "8 to 100 signs without blanks, of your own choice"),
    "WHATSAPP_PHONE_NUMBER_ID": Shape(r"\d{10,20}", "10 to 20 digits; it is not the phone number"),
    "WHATSAPP_ACCESS_TOKEN": Shape(r"EAA[0-9A-Za-z]{40,}", "EAA and 40 or more letters and digits"),
    "MESSENGER_PAGE_ID": Shape(r"\d{8,20}", "8 to 20 digits"),
    "MESSENGER_ACCESS_TOKEN": Shape(
        r"EAA[0-9A-Za-z]{40,}", "EAA and 40 or more letters and digits"
    ),
    "INSTAGRAM_ACCOUNT_ID": Shape(r"\d{15,20}", "15 to 20 digits"),
    "INSTAGRAM_ACCESS_TOKEN": Shape(
        r"EAA[0-9A-Za-z]{40,}", "EAA and 40 or more letters and digits"
    ),
    "TELEGRAM_BOT_TOKEN": Shape(r"\d{6,12}:[\w-]{30,50}", "digits, a colon and some 35 signs"),
    "TELEGRAM_SECRET_TOKEN": Shape(r"[A-Za-z0-9_-]{16,256}", "16 to 256 of A-Z a-z 0-9 _ -"),
    "CHATWOOT_URL": Shape(r"https://\S+", "an https address"),
    "CHATWOOT_ACCOUNT_ID": Shape(r"\d{1,9}", "the number in Chatwoot's own address, /accounts/1"),
    "CHATWOOT_ACCESS_TOKEN": Shape(r"[\w-]{20,}", "20 or more letters and digits"),
    "CHATWOOT_WEBHOOK_SECRET": Shape(r"\S{20,}", "20 or more signs"),
    "EMAIL_ADDRESS": Shape(r"[^\s@]+@[^\s@]+\.[^\s@]+", "an address such as hello@clinic.example"),
    "EMAIL_SIGNING_KEY": Shape(r"\S{20,}", "20 or more signs, Mailgun's HTTP webhook signing key"),
    "SMTP_HOST": Shape(r"[\w.-]+", "the name of a mail server"),
}
TEST_WORDS = "This is a test of the clinic's messages. Nothing needs to be done."
PATHS = {
    "Twilio": "/channels/twilio",
    "WhatsApp": "/channels/whatsapp",
    "Messenger": "/channels/messenger",
    "Instagram": "/channels/instagram",
    "Telegram": "/channels/telegram",
    "Chatwoot": "/channels/chatwoot",
    "E-mail": "/channels/email/mime",
}
OPTIONAL = {"Twilio": ("TWILIO_SMS_NUMBER", "TWILIO_WHATSAPP_NUMBER")}
OF_META = ("WhatsApp", "Messenger", "Instagram")


def findings(environment: Mapping[str, str], name: str) -> list[str]:
    """What is missing or misshapen for one provider; an empty list means that it may work."""
    keys = (*PROVIDERS[name], *(META if name in OF_META else ()))
    found = [f"{key} is missing" for key in keys if not environment.get(key)]
    optional = OPTIONAL.get(name, ())
    if optional and not any(environment.get(key) for key in optional):
        found.append(f"{' or '.join(optional)} is missing")
    for key in (*keys, *optional):
        value = environment.get(key)
        if value and not re.fullmatch(SHAPES[key].pattern, value):
            found.append(f"{key} has not the shape of one; allowed: {SHAPES[key].words}")
    if not environment.get("PUBLIC_URL", "").startswith("https://"):
        found.append("PUBLIC_URL must be an https address; providers call no other")
    return found


def report(environment: Mapping[str, str]) -> tuple[list[str], bool]:
    """A line a provider, and whether every one that is begun is complete."""
    lines, complete = [], True
    for name, keys in PROVIDERS.items():
        if not any(environment.get(key) for key in keys if key not in SHARED):
            lines.append(f"-   {name}: switched off (docs/channels/)")
            continue
        found = findings(environment, name)
        complete &= not found
        address = f"{environment.get('PUBLIC_URL', '')}{PATHS[name]}"
        lines.append(f"{'NO' if found else 'ok'}  {name}: its webhook is {address}")
        lines += [f"    {line}" for line in found]
    if complete:
        try:
            Settings.read(environment)
        except SettingsError as error:
            lines.append(f"NO  {error}")
            complete = False
    return lines, complete


async def send_live(settings: Settings, clinic: Clinic, name: str, address: str) -> str:
    """Send one test message; a line that says what the provider made of it."""
    engine = connections.connect("sqlite+aiosqlite:///:memory:")  # nothing is stored
    reception = Reception(engine, WebhookEvents(engine, _now))
    channels = open_channels(settings, clinic, MailFiles(engine), reception, _now)
    channel = next((one for one in channels if name in one.names), None)
    try:
        if channel is None:
            return f"NO  {name}: not switched on; allowed: {', '.join(_names(channels)) or 'none'}"
        known = await channel.send(_conversation(name, address), _message(), Part(TEST_WORDS))
        return f"ok  {name}: sent; the provider calls it {known or 'nothing'}"
    except (Refused, TryAgain, Unclear) as error:
        return f"NO  {name}: {error}"
    finally:
        for one in channels:
            await one.close()
        await engine.dispose()


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _names(channels: Sequence[Channel]) -> list[str]:
    return [name for channel in channels for name in channel.names]


def _conversation(name: str, address: str) -> Conversation:
    empty: dict[str, Any] = {field.name: None for field in fields(Conversation)}
    return Conversation(**{**empty, "channel": name, "address": address, "owner": Owner.BOT})


def _message() -> Message:
    empty: dict[str, Any] = {field.name: None for field in fields(Message)}
    return Message(**{**empty, "text": TEST_WORDS, "author": Author.STAFF})


async def aside(database_url: str, numbers: Sequence[str]) -> list[str]:
    """A line for each thing that could not be read, or those of these numbers as they came."""
    engine = connections.connect(database_url)
    try:
        events = WebhookEvents(engine, _now)
        found = await events.unreadable()
    finally:
        await engine.dispose()
    if numbers:
        return [str(one.kept["raw"]) for one in found if str(one.id) in numbers]
    return [f"{one.id}  {one.kept['channel']}: {one.kept['why']}" for one in found]


def _show_aside(numbers: Sequence[str]) -> int:
    try:
        settings = Settings.read(prepare(Path.cwd()))
    except (EnvironmentSettingsError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    lines = asyncio.run(aside(settings.database_url, numbers))
    print("\n".join(lines) or "nothing was set aside")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Print the report; exit code 1 when something that was begun is not complete, or was not sent."""
    if arguments[:1] == ["--aside"] and all(one.isdigit() for one in arguments[1:]):
        return _show_aside(arguments[1:])
    live = arguments[1] if len(arguments) == 2 and arguments[0] == "--live" else ""
    name, _, address = live.partition("=")
    if arguments and not address:
        print("allowed: nothing, --live CHANNEL=ADDRESS, --aside [NUMBER]", file=sys.stderr)
        return 2
    try:
        environment, clinic = prepare(Path.cwd()), load_default()
    except (EnvironmentSettingsError, ClinicFileError) as error:
        print(error, file=sys.stderr)
        return 2
    lines, complete = report(environment)
    templates = ", ".join(one.name for one in clinic.channels.whatsapp_templates)
    lines.append(f"    templates after 24 hours: {templates or 'none'}")
    lines.append(f"    photos and files: {'shown' if clinic.channels.media else 'ignored'}")
    lines.append(f"    health questions are asked on: {', '.join(clinic.prescreen.channels)}")
    print("\n".join(lines))
    if live and complete:
        sent = asyncio.run(send_live(Settings.read(environment), clinic, name, address))
        print(sent)
        complete = sent.startswith("ok")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
