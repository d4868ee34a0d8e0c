"""Which part is built from which: one builder a room, in the order in which rooms stand on each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from clinic import Clinic
from clinic.current import with_days
from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import Handover
from frontdesk.answering.snooze import Snooze
from frontdesk.answering.timers import Timers
from frontdesk.assistant_client import AssistantClient
from frontdesk.channels import open_channels
from frontdesk.channels.base import Channel
from frontdesk.channels.changes import Changes
from frontdesk.channels.presenting import Presenter
from frontdesk.channels.receiving import Receiver
from frontdesk.channels.reception import Reception
from frontdesk.channels.webhook_events import WebhookEvents
from frontdesk.clock import Clock
from frontdesk.conversations.addresses import Addresses
from frontdesk.conversations.erased import Erased
from frontdesk.conversations.events import Signals
from frontdesk.conversations.mail_files import MailFiles
from frontdesk.conversations.marks import Marks
from frontdesk.conversations.person import Person
from frontdesk.conversations.same_person import SamePerson
from frontdesk.conversations.store import Conversations
from frontdesk.health import Health
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.clinic_facts import ClinicFacts
from frontdesk.inbox.holidays import Holidays
from frontdesk.inbox.routes import Inbox
from frontdesk.inbox.studio import Studio
from frontdesk.knowledge.answers import Answers
from frontdesk.knowledge.clinical_rows import ClinicalRows
from frontdesk.knowledge.reminder import Reminder
from frontdesk.knowledge.training import Trainings
from frontdesk.knowledge.unanswered import UnansweredQuestions
from frontdesk.outgoing.answer_mail import AnswerMails
from frontdesk.outgoing.answer_push import AnswerPushes
from frontdesk.outgoing.delivery import Delivery
from frontdesk.outgoing.mailer import Mailer
from frontdesk.outgoing.notices import Notices, targets_of
from frontdesk.outgoing.push import Push, push_of
from frontdesk.outgoing.receipts import Receipts
from frontdesk.retention import Retention
from frontdesk.settings import Settings
from frontdesk.staff.accounts import Accounts
from frontdesk.staff.members import INBOX_ALIVE, Staff
from frontdesk.staff.resets import Resets
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections
from frontdesk.storage.claims import Claims
from frontdesk.storage.transactions import Database


@dataclass(frozen=True)
class Ground:
    """What every room stands on. The clinic's hours look at ``holidays``, as they are now."""

    settings: Settings
    clinic: Clinic
    clock: Clock
    engine: Database
    holidays: Holidays
    facts: ClinicFacts
    answers: Answers
    trainings: Trainings
    reminder: Reminder
    signals: Signals
    claims: Claims


@dataclass(frozen=True)
class StaffRoom:
    """The clinic's people, and how they get in."""

    members: Staff
    factors: SecondFactors
    accounts: Accounts
    resets: Resets


@dataclass(frozen=True)
class ChannelsRoom:
    """How messages come in from providers."""

    webhook_events: WebhookEvents
    reception: Reception
    all: Sequence[Channel]

    @property
    def by_name(self) -> Mapping[str, Channel]:
        """The channel that serves each name ("sms", "whatsapp")."""
        return {name: channel for channel in self.all for name in channel.names}


@dataclass(frozen=True)
class OutgoingRoom:
    """What leaves the house."""

    receipts: Receipts
    delivery: Delivery
    notices: Notices
    push: Push | None
    answer_mails: AnswerMails
    answer_pushes: AnswerPushes


@dataclass(frozen=True)
class ConversationsRoom:
    """What is kept of conversations."""

    store: Conversations
    same_person: SamePerson
    addresses: Addresses
    marks: Marks


@dataclass(frozen=True)
class AnsweringRoom:
    """Where messages are answered."""

    assistant: AssistantClient
    handover: Handover
    timers: Timers
    snooze: Snooze
    desk: Desk


@dataclass(frozen=True)
class Rooms:
    """The whole front desk, nothing of it running yet."""

    ground: Ground
    staff: StaffRoom
    channels: ChannelsRoom
    outgoing: OutgoingRoom
    conversations: ConversationsRoom
    answering: AnsweringRoom
    receiver: Receiver
    health: Health
    inbox: Inbox
    retention: Retention


def build(
    settings: Settings,
    clinic: Clinic,
    clock: Clock,
    to_assistant: httpx.AsyncBaseTransport | None = None,
) -> Rooms:
    """Every part of the front desk, over one database."""
    ground = lay_ground(settings, clinic, clock)
    staff = build_staff(ground)
    conversations = build_conversations(ground)
    channels = build_channels(ground)
    outgoing = build_outgoing(ground, conversations, channels)
    assistant = AssistantClient(settings.assistant_url, settings.assistant_secret, to_assistant)
    answering = build_answering(ground, conversations, assistant, staff, outgoing)
    receiver = build_receiver(channels, conversations, answering.desk, outgoing.receipts)
    health = Health(ground.engine, settings, clock, assistant)
    inbox = build_inbox(ground, staff, conversations, answering, outgoing.push, health)
    arrivals = channels.webhook_events.forget_older
    retention = Retention(answering.desk, staff.members, arrivals, ground.clinic, clock)
    return Rooms(
        ground,
        staff,
        channels,
        outgoing,
        conversations,
        answering,
        receiver,
        health,
        inbox,
        retention,
    )


def lay_ground(settings: Settings, clinic: Clinic, clock: Clock) -> Ground:
    """The database, and the clinic with the days on which its hours differ."""
    engine = connections.connect(settings.database_url)
    holidays = Holidays(engine)
    clinic = with_days(clinic, holidays.days)
    facts = ClinicFacts(engine, settings.clinic_changes, clock)
    answers = Answers(engine, settings.answer_changes, clinic, clock)
    trainings = Trainings(engine, answers, settings.taught_model, clock)
    mail = settings.mail
    reminder = Reminder(
        engine,
        answers,
        Mailer(mail) if mail else None,
        mail.told if mail else (),
        settings.public_url,
        clock,
    )
    return Ground(
        settings,
        clinic,
        clock,
        engine,
        holidays,
        facts,
        answers,
        trainings,
        reminder,
        Signals(),
        Claims(engine),
    )


def build_staff(ground: Ground) -> StaffRoom:
    """Accounts with their second factors, and how a forgotten password is reset."""
    settings, engine, clock = ground.settings, ground.engine, ground.clock
    factors = SecondFactors(engine, ground.clinic.name, clock)
    by_notice = ground.clinic.handover.on_duty_means == "notice"
    members = Staff(engine, clock, factors, None if by_notice else INBOX_ALIVE)
    accounts = Accounts(engine, members, clock)
    mailer = Mailer(settings.mail) if settings.mail else None
    resets = Resets(engine, accounts, mailer, settings.public_url, clock)
    return StaffRoom(members, factors, accounts, resets)


def build_conversations(ground: Ground) -> ConversationsRoom:
    """What is said, by whom, and who is the same person."""
    engine, clock = ground.engine, ground.clock
    store = Conversations(engine, Erased(ground.settings.erased_file, clock), clock)
    same_person = SamePerson(engine, clock)
    return ConversationsRoom(store, same_person, Addresses(engine, store), Marks(engine, store))


def build_channels(ground: Ground) -> ChannelsRoom:
    """The channels that are switched on, and what they share."""
    clinic, clock = ground.clinic, ground.clock
    webhook_events = WebhookEvents(ground.engine, clock)
    reception = Reception(ground.engine, webhook_events)
    files = MailFiles(ground.engine)
    channels = open_channels(ground.settings, clinic, files, reception, clock)
    return ChannelsRoom(webhook_events, reception, channels)


def build_outgoing(
    ground: Ground, conversations: ConversationsRoom, channels: ChannelsRoom
) -> OutgoingRoom:
    """Delivery to visitors through their channels, and notices to staff."""
    store = conversations.store
    receipts = Receipts(ground.engine, ground.clock)
    presenter = Presenter(store, ground.clinic, ground.clock)
    present, signals, claims = presenter.present, ground.signals, ground.claims
    delivery = Delivery(store, receipts, channels.by_name, present, signals, claims)
    targets = targets_of(ground.settings, ground.clinic, ground.clock)
    push = push_of(ground.engine, ground.settings, ground.clinic, ground.clock)
    if push:
        targets["push"] = push
    notices = Notices(ground.engine, targets, ground.settings.public_url, ground.clock)
    mailer = Mailer(ground.settings.mail) if ground.settings.mail else None
    answer_mails = AnswerMails(ground.engine, mailer, ground.clinic, ground.settings, ground.clock)
    answer_pushes = AnswerPushes(ground.engine, push, ground.settings, ground.clock)
    return OutgoingRoom(receipts, delivery, notices, push, answer_mails, answer_pushes)


def build_answering(
    ground: Ground,
    conversations: ConversationsRoom,
    assistant: AssistantClient,
    staff: StaffRoom,
    outgoing: OutgoingRoom,
) -> AnsweringRoom:
    """The desk at which messages are answered, and who owns a conversation."""
    clinic, clock, signals = ground.clinic, ground.clock, ground.signals
    store, delivery, notices = conversations.store, outgoing.delivery, outgoing.notices
    handover = Handover(store, staff.members, delivery, notices, signals, clinic, clock)
    snooze = Snooze(store, handover, signals, clinic)
    timers = Timers(store, handover, snooze, notices, clinic, clock)
    person = Person(store, conversations.same_person, clinic, clock)
    desk = Desk(store, assistant, handover, delivery, signals, person, clinic, clock, ground.claims)
    return AnsweringRoom(assistant, handover, timers, snooze, desk)


def build_receiver(
    channels: ChannelsRoom, conversations: ConversationsRoom, desk: Desk, receipts: Receipts
) -> Receiver:
    """What an event of a channel leads to."""
    addresses, marks = conversations.addresses, conversations.marks
    count = channels.reception.count
    changes = Changes(desk, addresses, marks, count)
    return Receiver(desk, channels.by_name, receipts, addresses, changes, count)


def build_inbox(
    ground: Ground,
    staff: StaffRoom,
    conversations: ConversationsRoom,
    answering: AnsweringRoom,
    push: Push | None,
    health: Health,
) -> Inbox:
    """What staff work with in the browser."""
    engine, clock = ground.engine, ground.clock
    canned = CannedReplies(engine, ground.clinic, clock)
    return Inbox(
        answering.desk,
        staff.members,
        ground.settings,
        staff.accounts,
        canned,
        ground.holidays,
        UnansweredQuestions(engine, clock, ground.clinic.country),
        staff.factors,
        staff.resets,
        conversations.same_person,
        answering.snooze,
        push,
        ground.facts,
        health,
        Studio(
            ground.answers,
            ClinicalRows(engine, clock),
            ground.trainings,
            ground.facts,
            ground.holidays,
            canned,
        ),
    )
