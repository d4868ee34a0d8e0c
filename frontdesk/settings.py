"""What the front desk needs from .env. A wrong value is one sentence: file, key, value, allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from clinic import answers, changes

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class SettingsError(ValueError):
    """A setting is missing or wrong."""


@dataclass(frozen=True)
class TwilioSettings:
    """One Twilio account; a number that is not set switches that channel off."""

    account_sid: str
    auth_token: str
    sms_number: str
    whatsapp_number: str
    api_url: str


@dataclass(frozen=True)
class WhatsAppSettings:
    """One number of WhatsApp's Cloud API."""

    app_secret: str
    verify_token: str
    phone_number_id: str
    access_token: str
    api_url: str


@dataclass(frozen=True)
class PageSettings:
    """One Facebook page or Instagram account at Meta's Graph API."""

    app_secret: str
    verify_token: str
    account_id: str
    access_token: str
    api_url: str


@dataclass(frozen=True)
class TelegramSettings:
    """One Telegram bot; the secret token is what its webhook was set with."""

    bot_token: str
    secret_token: str
    api_url: str


@dataclass(frozen=True)
class ChatwootSettings:
    """One agent bot in one account of a Chatwoot."""

    url: str
    account_id: str
    access_token: str
    webhook_secret: str


@dataclass(frozen=True)
class EmailSettings:
    """The address that visitors write to. checked_by: whose word on the sender counts; "" nobody's."""

    address: str
    signing_key: str
    checked_by: str


@dataclass(frozen=True)
class MailSettings:
    """A mail server, and who is told by e-mail that somebody waits. security: see SECURITIES."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class WebhookSettings:
    """Another program that is told that somebody waits."""

    url: str
    secret: str


@dataclass(frozen=True)
class Settings:
    """Everything that an installation may set for the front desk."""

    host: str
    port: int
    public_url: str
    assistant_url: str
    assistant_secret: str
    database_url: str
    staff_password: str
    allowed_origins: tuple[str, ...]
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    twilio: TwilioSettings | None = None
    whatsapp: WhatsAppSettings | None = None
    messenger: PageSettings | None = None
    instagram: PageSettings | None = None
    telegram: TelegramSettings | None = None
    chatwoot: ChatwootSettings | None = None
    email: EmailSettings | None = None
    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    clinic_changes: Path | None = None
    push_secret: str = ""
    answer_changes: Path | None = None
    taught_model: Path | None = None
    erased_file: Path | None = None

    @property
    def is_https(self) -> bool:
        """Is the front desk reached over TLS? Then cookies are sent over TLS only."""
        return self.public_url.startswith("https://")

    @property
    def is_secure(self) -> bool:
        """Do browsers trust the address with service workers? Over TLS, or on this machine alone."""
        return self.is_https or urlsplit(self.public_url).hostname in LOOPBACK

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that the front desk answers to: that of PUBLIC_URL, and this machine's own."""
        return (urlsplit(self.public_url).hostname or "", *LOOPBACK)

    @property
    def own_origins(self) -> tuple[str, ...]:
        """Where our own pages come from; on this machine alone, under any of its names."""
        parts = urlsplit(self.public_url)
        if parts.hostname not in LOOPBACK:
            return (self.public_url,)
        port = f":{parts.port}" if parts.port else ""
        return tuple(f"{parts.scheme}://{name}{port}" for name in LOOPBACK)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the variables of .env.example. Raise SettingsError."""
        port = _port(environment, "FRONTDESK_PORT", "8000")
        host = environment.get("FRONTDESK_HOST") or "127.0.0.1"
        return cls(
            host=host,
            port=port,
            public_url=_public_url(environment, host, port),
            trusted_proxies=_proxies(environment),
            assistant_url=_url(environment, "ASSISTANT_URL", "http://127.0.0.1:5005"),
            assistant_secret=_secret(environment),
            database_url=_database(environment),
            staff_password=environment.get("STAFF_PASSWORD") or "",
            allowed_origins=_origins(environment),
            mail=_mail(environment),
            webhook=_webhook(environment),
            push_secret=_push_secret(environment),
            clinic_changes=_path(environment, changes.SETTING),
            answer_changes=_path(environment, answers.SETTING),
            taught_model=_path(environment, "ASSISTANT_MODEL"),
            erased_file=_path(environment, "ERASED_FILE"),
            **_channels(environment),
        )


def _port(environment: Mapping[str, str], key: str, default: str) -> int:
    value = environment.get(key) or default
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value) <= 65535:
        raise SettingsError(f".env: key '{key}' has value '{value}'; allowed: 1 to 65535")
    return int(value)


def _path(environment: Mapping[str, str], key: str) -> Path | None:
    value = environment.get(key)
    return Path(value) if value else None


def _url(environment: Mapping[str, str], key: str, default: str) -> str:
    value = (environment.get(key) or default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f".env: key '{key}' has value '{value}'; allowed: an http(s) address")
    return value


def _public_url(environment: Mapping[str, str], host: str, port: int) -> str:
    """How the world reaches us. What listens to the world is reached over TLS, or not at all."""
    if host not in LOOPBACK and not (environment.get("PUBLIC_URL") or "").startswith("https://"):
        raise SettingsError(
            f".env: key 'FRONTDESK_HOST' has value '{host}', which others can reach, and key "
            "'PUBLIC_URL' no address that begins with https://; allowed: 127.0.0.1, or an https:// address in "
            "PUBLIC_URL with a proxy before it that speaks TLS"
        )
    return _url(environment, "PUBLIC_URL", f"http://{host}:{port}")


def _proxies(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Addresses whose word about a visitor's address counts."""
    found = (environment.get("FORWARDED_ALLOW_IPS") or "127.0.0.1").replace(",", " ").split()
    for one in found:
        try:
            if not ip_network(one).prefixlen:
                raise ValueError("everybody")
        except ValueError as error:
            raise SettingsError(
                f".env: key 'FORWARDED_ALLOW_IPS' has value '{one}'; allowed: addresses such as "
                "10.0.0.2 or networks such as 10.0.0.0/8, separated by blanks"
            ) from error
    return tuple(found)


def _secret(environment: Mapping[str, str]) -> str:
    value = environment.get("ASSISTANT_SECRET") or ""
    if len(value) < 16:
        raise SettingsError(
            ".env: key 'ASSISTANT_SECRET' is too short; allowed: 16 characters or more"
        )
    return value


def _push_secret(environment: Mapping[str, str]) -> str:
    value = environment.get("PUSH_SECRET") or ""
    if value and not PUSH_SECRET.fullmatch(value):
        raise SettingsError(
            ".env: key 'PUSH_SECRET' is not 32 bytes in base64url; allowed: empty (make run makes one), "
            "or 43 of A-Z a-z 0-9 _ -"
        )
    return value


def _database(environment: Mapping[str, str]) -> str:
    value = environment.get("DATABASE_URL") or "sqlite:///var/frontdesk.db"
    for plain, driver in (
        ("sqlite://", "sqlite+aiosqlite://"),
        ("postgresql://", "postgresql+asyncpg://"),
    ):
        if value.startswith(plain):
            return value.replace(plain, driver, 1)
    raise SettingsError(
        ".env: key 'DATABASE_URL' must be empty, or begin with postgresql:// or sqlite:///"
    )


def _origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    origins = tuple((environment.get("ALLOWED_ORIGINS") or "").split())
    for origin in origins:
        parts = urlsplit(origin)
        if f"{parts.scheme}://{parts.netloc}" != origin or parts.scheme not in ("http", "https"):
            raise SettingsError(
                f".env: key 'ALLOWED_ORIGINS' holds '{origin}'; "
                "allowed: addresses without a path, such as https://www.clinic.example"
            )
    return origins


PUSH_SECRET = re.compile(r"[\w-]{43}", re.ASCII)
SECURITIES = ("starttls", "tls", "none")
LEAST_SECRET = 24


def _mail(environment: Mapping[str, str]) -> MailSettings | None:
    host = environment.get("SMTP_HOST") or ""
    told = tuple((environment.get("NOTIFY_EMAILS") or "").split())
    sender = environment.get("MAIL_FROM") or ""
    if not host:
        if told:
            raise SettingsError(".env: key 'SMTP_HOST' is missing; NOTIFY_EMAILS needs it")
        return None
    for key, addresses in (("MAIL_FROM", (sender,)), ("NOTIFY_EMAILS", told)):
        for address in addresses:
            _address(key, address)
    security = environment.get("SMTP_SECURITY") or "starttls"
    if security not in SECURITIES:
        raise SettingsError(
            f".env: key 'SMTP_SECURITY' has value '{security}'; allowed: {', '.join(SECURITIES)}"
        )
    port = _port(environment, "SMTP_PORT", "465" if security == "tls" else "587")
    user, password = environment.get("SMTP_USER") or "", environment.get("SMTP_PASSWORD") or ""
    return MailSettings(host, port, security, user, password, sender, told)


def _address(key: str, value: str) -> str:
    if not all(value.partition("@")):
        raise SettingsError(f".env: key '{key}' has value '{value}'; allowed: an e-mail address")
    return value


def _webhook(environment: Mapping[str, str]) -> WebhookSettings | None:
    if not environment.get("NOTIFY_WEBHOOK_URL"):
        return None
    secret = environment.get("NOTIFY_WEBHOOK_SECRET") or ""
    if len(secret) < LEAST_SECRET:
        raise SettingsError(
            ".env: key 'NOTIFY_WEBHOOK_SECRET' is too short; "
            f"allowed: {LEAST_SECRET} characters or more"
        )
    return WebhookSettings(_url(environment, "NOTIFY_WEBHOOK_URL", ""), secret)


GRAPH_URL = "https://graph.facebook.com/v25.0"
META = ("META_APP_SECRET", "META_VERIFY_TOKEN")
PROVIDERS: dict[str, tuple[str, ...]] = {
    "Twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    "WhatsApp": ("WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_ACCESS_TOKEN"),
    "Messenger": ("MESSENGER_PAGE_ID", "MESSENGER_ACCESS_TOKEN"),
    "Instagram": ("INSTAGRAM_ACCOUNT_ID", "INSTAGRAM_ACCESS_TOKEN"),
    "Telegram": ("TELEGRAM_BOT_TOKEN", "TELEGRAM_SECRET_TOKEN"),
    "Chatwoot": (
        "CHATWOOT_URL",
        "CHATWOOT_ACCOUNT_ID",
        "CHATWOOT_ACCESS_TOKEN",
        "CHATWOOT_WEBHOOK_SECRET",
    ),
    "E-mail": ("EMAIL_ADDRESS", "EMAIL_SIGNING_KEY", "SMTP_HOST"),
}
"""What each provider needs; one that has none of it is switched off. Meta's three share META."""
SHARED = ("SMTP_HOST",)
"""What is also there for something else: it switches nothing on."""


def _channels(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {name: _credentials(environment, name) for name in PROVIDERS}
    meta = [environment.get(key) or "" for key in META]
    graph = _url(environment, "META_API_URL", GRAPH_URL)
    channels: dict[str, Any] = {}
    if twilio := found["Twilio"]:
        sms = environment.get("TWILIO_SMS_NUMBER") or ""
        whatsapp = environment.get("TWILIO_WHATSAPP_NUMBER") or ""
        if not sms and not whatsapp:
            raise SettingsError(
                ".env: keys 'TWILIO_SMS_NUMBER' and 'TWILIO_WHATSAPP_NUMBER' are missing; "
                "Twilio needs at least one"
            )
        if whatsapp and found["WhatsApp"]:
            raise SettingsError(
                ".env: keys 'TWILIO_WHATSAPP_NUMBER' and 'WHATSAPP_PHONE_NUMBER_ID' are both set; "
                "allowed: WhatsApp through one provider"
            )
        api_url = _url(environment, "TWILIO_API_URL", "https://api.twilio.com")
        channels["twilio"] = TwilioSettings(twilio[0], twilio[1], sms, whatsapp, api_url)
    if cloud := found["WhatsApp"]:
        channels["whatsapp"] = WhatsAppSettings(meta[0], meta[1], cloud[0], cloud[1], graph)
    for name in ("Messenger", "Instagram"):
        if page := found[name]:
            channels[name.lower()] = PageSettings(meta[0], meta[1], page[0], page[1], graph)
    if telegram := found["Telegram"]:
        api_url = _url(environment, "TELEGRAM_API_URL", "https://api.telegram.org")
        channels["telegram"] = TelegramSettings(telegram[0], telegram[1], api_url)
    if chatwoot := found["Chatwoot"]:
        url = _url(environment, "CHATWOOT_URL", "")
        channels["chatwoot"] = ChatwootSettings(url, chatwoot[1], chatwoot[2], chatwoot[3])
    if email := found["E-mail"]:
        checked_by = environment.get("EMAIL_CHECKED_BY") or ""
        channels["email"] = EmailSettings(_address("EMAIL_ADDRESS", email[0]), email[1], checked_by)
    return channels


def _credentials(environment: Mapping[str, str], name: str) -> list[str] | None:
    keys = PROVIDERS[name]
    if not any(environment.get(key) for key in keys if key not in SHARED):
        return None
    if name in ("WhatsApp", "Messenger", "Instagram"):
        keys = (*keys, *META)
    for key in keys:
        if not environment.get(key):
            raise SettingsError(
                f".env: key '{key}' is missing; {name} needs all of {', '.join(keys)}"
            )
    return [environment[key] for key in PROVIDERS[name]]
