"""What staff do: sign in, take, reply, hand back, close, note, assign, call back, go on or off duty."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.answering.snooze import LONGEST, Snooze, choices
from frontdesk.conversations.contacts import Contacts
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.conversations.same_person import SamePerson
from frontdesk.http import Problem, address_of, moment_at, text_of, whole_number
from frontdesk.inbox.guard import COOKIE, COOKIE_PATH, DEVICE, Guard
from frontdesk.inbox.lists import CLOSING_OUTCOMES, SAME, SEARCH
from frontdesk.inbox.notes import Notes
from frontdesk.inbox.pages import Pages, days_in_words
from frontdesk.staff.audit import Event
from frontdesk.staff.members import DEVICE_KEPT, CodeNeeded, Member, Session, Staff
from frontdesk.staff.passwords import SHORTEST_PASSWORD, TooManyTries
from frontdesk.staff.resets import Resets

LONGEST_REPLY = 4_000
LONGEST_NOTE = 4_000
LONGEST_VALUE = 200
WINDOW_CLOSED = (
    "More than {time} have passed since the visitor wrote: free text may be sent only once they "
    "write again. Where there is a template, it may be sent now."
)


class Actions:
    """Every change that staff can make, each guarded by ``Guard.action``."""

    def __init__(
        self,
        desk: Desk,
        staff: Staff,
        pages: Pages,
        guard: Guard,
        resets: Resets,
        same_person: SamePerson,
        contacts: Contacts,
        snooze: Snooze,
    ) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages
        self._guard = guard
        self._resets = resets
        self._same_person = same_person
        self._contacts = contacts
        self._snooze = snooze
        self._notes = Notes(desk.conversations)

    async def show_sign_in(self, request: Request) -> Response:
        """The sign-in page."""
        return self._sign_in_page(request)

    async def sign_in(self, request: Request) -> Response:
        """Check name and password; a wrong one says no more than that."""
        self._guard.refuse_other_sites(request)
        form, device = await request.form(), request.cookies.get(DEVICE, "")
        try:
            token = await self._staff.sign_in(
                text_of(form, "user_name"),
                text_of(form, "password"),
                address_of(request),
                text_of(form, "code"),
                device,
            )
        except TooManyTries:
            return self._sign_in_page(request, "Too many tries. Please wait some minutes.", 429)
        except CodeNeeded:
            return self._sign_in_page(
                request, "Please enter your password again, and the code.", 401
            )
        if token is None:
            return self._sign_in_page(request, "That does not go together.", 401)
        device = await self._staff.remember_device(token, device)
        answer = self._guard.let_in(RedirectResponse(_inside(request), 303), token)
        return self._guard.keep(answer, DEVICE, device, int(DEVICE_KEPT.total_seconds()))

    def _sign_in_page(
        self, request: Request, problem: str | None = None, status: int = 200
    ) -> Response:
        return self._pages.render(
            "sign_in.html",
            status,
            next=_inside(request),
            problem=problem,
            by_mail=self._resets.by_mail,
        )

    async def show_forgotten(self, request: Request) -> Response:
        """Ask for a link to a new password."""
        return self._pages.render("forgotten.html", asked=False)

    async def forgotten(self, request: Request) -> Response:
        """Send a link if there is such an account; the answer is the same when there is none."""
        self._guard.refuse_other_sites(request)
        form = await request.form()
        await self._resets.ask(text_of(form, "user_name"))
        return self._pages.render("forgotten.html", asked=True)

    async def show_reset(self, request: Request) -> Response:
        """Choose a new password by a link, whose code only the browser sees."""
        return self._reset_page("")

    async def reset(self, request: Request) -> Response:
        """Set the new password; then sign in with it."""
        self._guard.refuse_other_sites(request)
        form = await request.form()
        token = text_of(form, "token")
        try:
            if await self._resets.choose(token, text_of(form, "new")):
                return RedirectResponse("/inbox/sign-in", 303)
        except ValueError as error:
            return self._reset_page(token, f"{error}.".capitalize())
        over = "This link does not work any more. Please ask for another."
        return self._reset_page("", over, is_over=True)

    def _reset_page(
        self, token: str, problem: str | None = None, is_over: bool = False
    ) -> Response:
        return self._pages.render(
            "reset.html",
            422 if problem else 200,
            token=token,
            is_over=is_over,
            shortest=SHORTEST_PASSWORD,
            problem=problem,
        )

    async def sign_out(self, request: Request, session: Session, form: FormData) -> Response:
        """Revoke the session."""
        await self._staff.sign_out(request.cookies.get(COOKIE, ""))
        await self._staff.note(session.member.id, Event.SIGNED_OUT)
        response = RedirectResponse("/inbox/sign-in", 303)
        for cookie in (COOKIE, SEARCH, SAME):
            response.delete_cookie(cookie, path=COOKIE_PATH)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'  # drafts, too
        return response

    async def duty(self, request: Request, session: Session, form: FormData) -> Response:
        """Go on or off duty; the assistant promises a person only while somebody is."""
        await self._staff.set_on_duty(session.member.id, text_of(form, "on_duty") == "yes")
        self._desk.signals.new("presence")
        return RedirectResponse("/inbox/", 303)

    async def take(self, request: Request, session: Session, form: FormData) -> Response:
        """Take a conversation; who comes second is told who has it."""
        conversation = await self._pages.find(request)
        try:
            await self._desk.handover.take(conversation, session.member)
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return self._back_to(conversation)

    async def reply(self, request: Request, session: Session, form: FormData) -> Response:
        """Say something to the visitor; the same form twice says it once."""
        conversation = await self._pages.find(request)
        text, key = text_of(form, "text").strip(), text_of(form, "key")[:80]
        if not text or not key:
            raise Problem(422, "empty", "Please write something first.")
        if len(text) > LONGEST_REPLY:
            raise Problem(422, "too_long", f"Please write {LONGEST_REPLY} characters or fewer.")
        if window := await self._desk.delivery.closed_window(conversation, self._desk.clock()):
            raise Problem(422, "window_closed", WINDOW_CLOSED.format(time=days_in_words(window)))
        try:
            await self._desk.handover.reply(conversation, session.member, text, f"staff_{key}")
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return self._back_to(conversation)

    async def send_template(self, request: Request, session: Session, form: FormData) -> Response:
        """Send an approved template with its values; the same button twice sends it once."""
        conversation, key = await self._pages.find(request), text_of(form, "key")[:80]
        templates = self._desk.clinic.channels.whatsapp_templates
        chosen = (one for one in templates if one.name == text_of(form, "template"))
        approved = next(chosen, None)
        if conversation.channel != "whatsapp" or approved is None or not key:
            raise Problem(422, "no_template", "There is no such template for this conversation.")
        fields = [text_of(form, f"value_{place}") for place in range(1, approved.values + 1)]
        values = [" ".join(value.split())[:LONGEST_VALUE] for value in fields]
        if not all(map(_can_be_seen, values)):
            raise Problem(422, "empty", "Please fill in every value of the template.")
        try:
            await self._desk.handover.reply(
                conversation,
                session.member,
                approved.filled(values),
                f"template_{key}",
                payload={
                    "type": "template",
                    "name": approved.name,
                    "language": approved.language,
                    "values": values,
                },
            )
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return self._back_to(conversation)

    async def hand_back(self, request: Request, session: Session, form: FormData) -> Response:
        """Give the conversation back to the assistant, with a last line if there is one."""
        conversation = await self._pages.find(request)
        if text_of(form, "text").strip():
            await self.reply(request, session, form)
            conversation = await self._pages.find(request)
        try:
            await self._desk.handover.hand_back(
                conversation, session.member.name, staff=session.member.shown_name
            )
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return self._back_to(conversation)

    async def close(self, request: Request, session: Session, form: FormData) -> Response:
        """End a conversation with an outcome."""
        conversation, outcome = await self._pages.find(request), text_of(form, "outcome")
        if outcome not in CLOSING_OUTCOMES:
            raise Problem(422, "no_outcome", f"Choose one of: {', '.join(CLOSING_OUTCOMES)}.")
        try:
            await self._desk.handover.close(conversation, session.member, outcome)
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return RedirectResponse("/inbox/", 303)

    async def assign(self, request: Request, session: Session, form: FormData) -> Response:
        """Give a conversation to a colleague."""
        conversation = await self._pages.find(request)
        chosen = whole_number(text_of(form, "staff_id"))
        member = await self._staff.member(chosen) if chosen else None
        if member is None:
            raise Problem(422, "nobody", "Choose a colleague.")
        try:
            await self._desk.handover.assign(conversation, member, session.member)
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        if word := text_of(form, "word").strip()[:LONGEST_NOTE]:
            await self._keep_note(conversation, session, f"@{member.name} {word}")
        return self._back_to(conversation)

    async def note(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep a private note; visitors never see it."""
        conversation, text = await self._pages.find(request), text_of(form, "text").strip()
        if not text:
            raise Problem(422, "empty", "Please write something first.")
        if len(text) > LONGEST_NOTE:
            raise Problem(422, "too_long", f"A note has {LONGEST_NOTE} characters or fewer.")
        await self._keep_note(conversation, session, text)
        self._desk.signals.new(conversation.id)
        return self._back_to(conversation)

    async def _keep_note(self, conversation: Conversation, session: Session, text: str) -> None:
        colleagues = await self._staff.members()
        await self._notes.keep(conversation.id, session.member, text, colleagues)

    async def snooze(self, request: Request, session: Session, form: FormData) -> Response:
        """Out of sight until a time that was offered or typed, or until the visitor writes."""
        conversation, now = await self._pages.find(request), self._desk.clock()
        if text_of(form, "until") == "now":
            await self._snooze.end(conversation)
            return self._back_to(conversation)
        times = {one.key: one.at for one in choices(self._desk.clinic, now)}
        typed = moment_at(text_of(form, "at"), self._desk.clinic.hours.zone)
        at = typed or times.get(text_of(form, "until"))
        if at is None or not now < at < now + LONGEST:
            raise Problem(422, "no_time", f"Choose a time within {LONGEST.days} days.")
        try:
            await self._snooze.until(conversation, session.member, at)
        except TakenBySomebodyElse:
            raise await self._taken(conversation) from None
        return self._back_to(conversation)

    async def link(self, request: Request, session: Session, form: FormData) -> Response:
        """Note that another conversation is with the same person."""
        conversation = await self._pages.find(request)
        other = await self._desk.conversations.get(text_of(form, "other"))
        if other is None or other.id == conversation.id:
            raise Problem(422, "nothing", "Choose another conversation.")
        await self._contacts.link(conversation.id, other.id, session.member.id)
        return self._back_to(conversation)

    async def part(self, request: Request, session: Session, form: FormData) -> Response:
        """Note that this conversation is with somebody else."""
        conversation = await self._pages.find(request)
        await self._same_person.part(conversation.id)
        return self._back_to(conversation)

    async def retry(self, request: Request, session: Session, form: FormData) -> Response:
        """Send a message again that a provider refused."""
        conversation, message = await self._wanted(request, form)
        if message and message.status in (Status.FAILED, Status.UNCLEAR):
            await self._desk.delivery.again(conversation, message)
        return self._back_to(conversation)

    async def stop_messages(self, request: Request, session: Session, form: FormData) -> Response:
        """Note for a visitor, who said so elsewhere, that they want no more messages, or want them again."""
        conversation, stopped = await self._pages.find(request), text_of(form, "stopped") == "yes"
        if not self._pages.can_be_stopped(conversation):
            raise Problem(422, "no_channel", "Messages can be stopped only where we send them.")
        await self._desk.conversations.opt_outs.set(conversation, stopped)
        event = Event.STOPPED_MESSAGES if stopped else Event.ALLOWED_MESSAGES
        await self._staff.note(session.member.id, event, conversation.id)
        self._desk.signals.new(conversation.id)
        return self._back_to(conversation)

    async def ask_provider(self, request: Request, session: Session, form: FormData) -> Response:
        """Ask the provider whether a text that may have arrived has."""
        conversation, message = await self._wanted(request, form)
        if message:
            await self._desk.delivery.ask_provider(conversation, message)
        self._desk.signals.new(conversation.id)
        return self._back_to(conversation)

    async def _wanted(
        self, request: Request, form: FormData
    ) -> tuple[Conversation, Message | None]:
        """The conversation, and the message of it that a button stands beside."""
        conversation, seq = await self._pages.find(request), whole_number(text_of(form, "seq"))
        messages = self._desk.conversations.messages
        found = await messages.after(conversation.id, seq - 1, limit=1) if seq else []
        return conversation, found[0] if found and found[0].seq == seq else None

    async def _taken(self, conversation: Conversation) -> Problem:
        now = await self._desk.conversations.get(conversation.id)
        holder: Member | None = None
        if now and now.staff_id:
            holder = await self._staff.member(now.staff_id)
        who = (
            f"{holder.name} has this conversation now."
            if holder
            else "This conversation has changed."
        )
        return Problem(409, "taken", f"{who} Your text is still in the box.")

    @staticmethod
    def _back_to(conversation: Conversation) -> Response:
        return RedirectResponse(f"/inbox/c/{conversation.id}", 303)


def _inside(request: Request) -> str:
    """Where to go after signing in: a page of the inbox, never another website."""
    wanted = request.query_params.get("next", "")
    return wanted if wanted.startswith("/inbox/") and "\\" not in wanted else "/inbox/"


def _can_be_seen(words: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in words)
