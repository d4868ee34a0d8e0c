"""The audit: who signed in, read shared health answers, exported or deleted. Only ever added to.

The database itself refuses to change or delete a line (frontdesk/storage/migrations/versions/0003).
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from frontdesk.storage import tables


class Event(str, Enum):
    """What is kept. 40 characters or fewer."""

    SIGNED_IN = "signed in"
    SIGN_IN_REFUSED = "sign-in refused"
    SIGNED_OUT = "signed out"
    READ_HEALTH_ANSWERS = "read health answers"
    OPENED_CONVERSATION = "opened conversation"
    SEARCHED = "searched"
    READ_CALLBACKS = "read callbacks"
    READ_LEARNING = "read learning"
    OPENED_FILE = "opened a file"
    EXPORTED_NUMBERS = "exported numbers"
    EXPORTED_AUDIT = "exported the audit"
    ERASED_BY_VISITOR = "erased by the visitor"
    ERASED_AFTER_RETENTION = "erased after retention time"
    ERASED_AGAIN = "erased again after a restore"
    ERASED_PERSON = "erased"
    HANDED_OUT_COPY = "handed out a copy"
    KEPT = "kept beyond its time"
    KEPT_NO_MORE = "not kept any more"
    STOPPED_MESSAGES = "stopped messages for the visitor"
    ALLOWED_MESSAGES = "allowed messages again"
    BLOCKED = "blocked the sender"
    UNBLOCKED = "no longer blocked the sender"
    MUTED = "muted the sender"
    UNMUTED = "no longer muted the sender"
    CHANGED_ACCOUNT = "changed account"
    RESET_PASSWORD = "reset password of account"  # noqa: S105 (a sentence, not a password)
    CHANGED_PASSWORD = "changed own password"  # noqa: S105
    SECOND_FACTOR_ON = "second factor on"
    SECOND_FACTOR_OFF = "second factor off for account"
    SECOND_FACTOR_REQUIRED = "second factor required"
    SECOND_FACTOR_OPTIONAL = "second factor optional"


def line(
    event: Event,
    at: datetime,
    staff_id: int | None = None,
    conversation_id: str | None = None,
    account_id: int | None = None,
    why: str = "",
) -> Any:
    """The statement that writes one line, for whichever transaction it belongs to.

    staff_id: who did it; None for a visitor, or for somebody who was not let in.
    account_id: the account that it was done to. why: one of a few reasons, never typed words.
    """
    what = event.value if account_id is None else f"{event.value} {account_id}"
    what = f"{what}: {why}" if why else what
    values = {"staff_id": staff_id, "conversation_id": conversation_id, "at": at}
    return tables.audit.insert().values(what=what, **values)
