"""What the front desk needs from .env. A wrong value is one sentence: file, key, value, allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


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
    twilio: TwilioSettings | None

    @property
    def is_https(self) -> bool:
        """Is the front desk reached over TLS? Then cookies are sent over TLS only."""
        return self.public_url.startswith("https://")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the variables of .env.example. Raise SettingsError."""
        port = environment.get("FRONTDESK_PORT") or "8000"
        if not port.isdigit() or not 1 <= int(port) <= 65535:
            raise SettingsError(
                f".env: key 'FRONTDESK_PORT' has value '{port}'; allowed: 1 to 65535"
            )
        host = environment.get("FRONTDESK_HOST") or "127.0.0.1"
        return cls(
            host=host,
            port=int(port),
            public_url=_url(environment, "PUBLIC_URL", f"http://{host}:{port}"),
            assistant_url=_url(environment, "ASSISTANT_URL", "http://127.0.0.1:5005"),
            assistant_secret=_secret(environment),
            database_url=_database(environment),
            staff_password=environment.get("STAFF_PASSWORD") or "",
            allowed_origins=_origins(environment),
            twilio=_twilio(environment),
        )


def _url(environment: Mapping[str, str], key: str, default: str) -> str:
    value = (environment.get(key) or default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f".env: key '{key}' has value '{value}'; allowed: an http(s) address")
    return value


def _secret(environment: Mapping[str, str]) -> str:
    value = environment.get("ASSISTANT_SECRET") or ""
    if len(value) < 16:
        raise SettingsError(
            ".env: key 'ASSISTANT_SECRET' is too short; allowed: 16 characters or more"
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


def _twilio(environment: Mapping[str, str]) -> TwilioSettings | None:
    keys = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
    given = [key for key in keys if environment.get(key)]
    if not given:
        return None
    if len(given) < len(keys):
        missing = next(key for key in keys if key not in given)
        raise SettingsError(
            f".env: key '{missing}' is missing; Twilio needs both {' and '.join(keys)}"
        )
    return TwilioSettings(
        environment["TWILIO_ACCOUNT_SID"],
        environment["TWILIO_AUTH_TOKEN"],
        environment.get("TWILIO_SMS_NUMBER") or "",
        environment.get("TWILIO_WHATSAPP_NUMBER") or "",
        _url(environment, "TWILIO_API_URL", "https://api.twilio.com"),
    )
