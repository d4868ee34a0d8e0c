"""Messaging channels. Each is one file behind the interface of base.py; here is the list of them."""

from __future__ import annotations

from clinic import Clinic
from frontdesk.channels.base import Channel
from frontdesk.channels.chatwoot import ChatwootChannel
from frontdesk.channels.email import EmailChannel
from frontdesk.channels.instagram import InstagramChannel
from frontdesk.channels.messenger import MessengerChannel
from frontdesk.channels.reception import Reception
from frontdesk.channels.telegram import TelegramChannel
from frontdesk.channels.twilio import TwilioChannel
from frontdesk.channels.whatsapp import WhatsAppChannel
from frontdesk.clock import Clock
from frontdesk.conversations.mail_files import MailFiles
from frontdesk.copy import words
from frontdesk.outgoing.mailer import Mailer
from frontdesk.settings import Settings


def open_channels(
    settings: Settings, clinic: Clinic, files: MailFiles, reception: Reception, clock: Clock
) -> list[Channel]:
    """Every channel that is configured."""
    channels: list[Channel] = []
    if settings.twilio:
        channels.append(TwilioChannel(settings.twilio, settings.public_url, reception))
    if settings.whatsapp:
        choose = words("choose_button", clinic, clock())
        channels.append(WhatsAppChannel(settings.whatsapp, reception, choose))
    if settings.messenger:
        channels.append(MessengerChannel(settings.messenger, reception))
    if settings.instagram:
        channels.append(InstagramChannel(settings.instagram, reception))
    if settings.telegram:
        channels.append(TelegramChannel(settings.telegram, reception))
    if settings.chatwoot:
        channels.append(ChatwootChannel(settings.chatwoot, reception, clock))
    if settings.email and settings.mail:
        mailer = Mailer(settings.mail)
        channels.append(EmailChannel(settings.email, mailer, clinic, files, reception, clock))
    return channels
