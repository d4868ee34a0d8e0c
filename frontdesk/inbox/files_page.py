"""Settings → Files: everything that the clinic changed as one zip of YAML files, out and in."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from clinic.changes import value_at
from content.entries import Entry
from frontdesk.http import day
from frontdesk.inbox.canned import CannedReplies
from frontdesk.inbox.clinic_facts import (
    DISK,
    ClinicFacts,
    NotChanged,
    as_text,
    is_typed,
    not_taken,
)
from frontdesk.inbox.holidays import Holiday, Holidays
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.seen import OtherNow
from frontdesk.knowledge.answer import Answer
from frontdesk.knowledge.answers import Answers, Conflict
from frontdesk.knowledge.export import (
    CLINIC,
    DAYS,
    LARGEST,
    REPLIES,
    BadZip,
    TakenIn,
    added_to_seed,
    as_zip,
    changed_entries,
    differs,
    in_project,
    read_zip,
    signed_elsewhere,
)
from frontdesk.knowledge.writing import checked, typed_of
from frontdesk.staff.members import Session

PLACE = "/inbox/settings/files"
MOST_SHOWN = 20
NO_FORM = "this desk has no form for it, so it was left out."
CHANGED = "somebody changed it just now; take the zip in again."
KINDS = "allowed is one value, or a list of them where this desk has a list"


@dataclass
class Outcome:
    """What came of a zip: what was taken in, what was left out of it, or every line that is wrong."""

    answers: int = 0
    facts: int = 0
    signatures: int = 0
    stopped: int = 0
    days: int = 0
    replies: int = 0
    left_out: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def took(self) -> bool:
        """Was anything taken in?"""
        return any((self.answers, self.facts, self.stopped, self.days, self.replies))

    async def step(self, step: Awaitable[object]) -> None:
        """Do a part of it. What a full disk keeps from visitors is in the database, and said once."""
        try:
            await step
        except OSError:
            if DISK not in self.wrong:
                self.wrong.append(DISK)


class FilesPage:
    """What git can hold: engineers keep their way, another desk takes it in."""

    def __init__(
        self,
        pages: Pages,
        answers: Answers,
        facts: ClinicFacts,
        holidays: Holidays,
        replies: CannedReplies,
    ) -> None:
        self._pages = pages
        self._answers = answers
        self._facts = facts
        self._holidays = holidays
        self._replies = replies
        self._one_at_a_time = asyncio.Lock()

    async def show(self, request: Request, session: Session) -> Response:
        """What would go out, and where something comes in."""
        return await self._page(session)

    async def download(self, request: Request, session: Session) -> Response:
        """The zip."""
        answers, values = await self._answers.all(), await self._facts.values()
        today = self._answers.today().isoformat()
        rows = {
            DAYS: [
                {"day": one.day.isoformat(), "word": one.word, "hours": one.hours}
                for one in await self._coming_days()
            ],
            REPLIES: [{"title": r.title, "text": r.text} for r in await self._replies.all()],
        }
        packed = await asyncio.to_thread(as_zip, answers, values, rows, today)
        name = f'attachment; filename="clinic-{today}.zip"'
        return Response(packed, media_type="application/zip", headers={"Content-Disposition": name})

    async def take_in(self, request: Request, session: Session, form: FormData) -> Response:
        """Take in a zip: all of it, or nothing when a line of it is wrong."""
        upload = form.get("zip")
        packed = await upload.read(LARGEST + 1) if isinstance(upload, UploadFile) else b""
        await form.close()
        try:
            with tempfile.TemporaryDirectory() as folder:
                found = await asyncio.to_thread(read_zip, packed, Path(folder))
            async with self._one_at_a_time:
                outcome = await self._take_in(found, session.member.id)
        except BadZip as problem:
            outcome = Outcome(wrong=[str(problem)])
        return await self._page(session, outcome)

    async def _take_in(self, found: TakenIn, staff_id: int) -> Outcome:
        here = await self._answers.all()
        entries = [one for one in found.entries if differs(one, here)]
        facts, seen_facts = await self._changed_facts(found)
        outcome = Outcome()
        days, replies = await self._changed_days(found, outcome), await self._changed_replies(found)
        wrong = self._wrong([*found.entries], entries, [one.written for one in here.values()])
        if wrong:
            return Outcome(wrong=wrong[:MOST_SHOWN])
        try:
            if facts:
                await outcome.step(self._facts.keep(facts, seen_facts, staff_id))
                outcome.facts = len(facts)
            await self._holidays.keep_all(days)
            await self._replies.keep_all(replies)
            outcome.days, outcome.replies = len(days), len(replies)
            for entry in entries:
                answer = here.get(entry.topic)
                seen = answer.number if answer else 0
                added = added_to_seed(entry)
                await outcome.step(self._answers.keep(entry, added, staff_id, seen))
                outcome.answers += 1
            await self._take_signatures(found, here, staff_id, outcome)
            await self._stop(found.not_given, staff_id, outcome)
            outcome.left_out += [f"{CLINIC}, {key}: {NO_FORM}" for key in not_taken(found.content)]
        except NotChanged as problem:
            about = next((key for key in facts if key in problem.in_the_way), "")
            outcome.wrong.append(
                f"{CLINIC}, {about}: {problem}" if about else f"{CLINIC}: {problem}"
            )
        except OtherNow as other:
            outcome.wrong.append(f"{CLINIC}, {other}: {CHANGED}")
        except Conflict as conflict:
            outcome.wrong.append(f"{conflict.answer.topic}: {CHANGED}")
        return outcome

    async def _take_signatures(
        self, found: TakenIn, here: Mapping[str, Answer], staff_id: int, outcome: Outcome
    ) -> None:
        """Each comes in as somebody's word that an admin may let count; what cannot be one is named."""
        now, today = await self._answers.all(), self._answers.today()
        for entry in found.entries:
            signature = signed_elsewhere(entry, here, today)
            if signature and signature.why_not:
                who = f"{entry.topic}: the signature of {signature.signed_as[:60]}"
                outcome.left_out.append(f"{who} was left out: {signature.why_not}.")
            elif signature:
                topic, seen = entry.topic, now[entry.topic].number
                as_, day = signature.signed_as, signature.day
                step = self._answers.signed_elsewhere(topic, staff_id, seen, as_, day)
                await outcome.step(step)
                outcome.signatures += 1

    async def _stop(self, topics: Sequence[str], staff_id: int, outcome: Outcome) -> None:
        """What another desk does not give is not given here; what is stopped here stays so."""
        now = await self._answers.all()
        for topic in topics:
            answer = now.get(topic)
            if answer is None:
                outcome.left_out.append(f"{topic[:80]}: there is no such answer to stop.")
            elif not answer.is_withdrawn:
                step = self._answers.withhold(topic, staff_id, answer.number, True)
                await outcome.step(step)
                outcome.stopped += 1

    def _wrong(self, all_in: list[Entry], new: list[Entry], here: list[Entry]) -> list[str]:
        """What the rules say of each answer that would change, among those that would be there."""
        topics = {one.topic for one in all_in}
        others = [one for one in here if one.topic not in topics] + all_in
        facts, today = self._pages.facts(), self._answers.today()
        lines = []
        for entry in new:
            result = checked(typed_of(entry), (), others, facts, today, are_typed=False)
            lines += [
                f"{in_project(entry)}, {entry.topic}, {name}: {what}"
                for name, some in result.wrong.items()
                for what in some
            ]
        return lines

    async def _changed_facts(self, found: TakenIn) -> tuple[dict[str, str], dict[str, str]]:
        """The values that are other ones here, as they are typed; and the signs of those here."""
        changed: dict[str, str] = {}
        seen: dict[str, str] = {}
        for fact in await self._facts.facts():
            try:
                value: object = value_at(found.content, fact.key)
            except KeyError:
                continue
            if value == fact.now:
                continue
            if not is_typed(value, fact):
                raise BadZip(f"{CLINIC}: key '{fact.key}' has value {str(value)[:60]!r}; {KINDS}")
            changed[fact.key], seen[fact.key] = as_text(value), fact.seen
        return changed, seen

    async def _coming_days(self) -> list[Holiday]:
        today = self._answers.today()
        return [one for one in await self._holidays.all() if one.day >= today]

    async def _changed_days(self, found: TakenIn, outcome: Outcome) -> list[Holiday]:
        """The days that are kept otherwise here, or not at all. Raise BadZip."""
        here, new, gone = {one.day: one for one in await self._holidays.all()}, {}, 0
        for row in found.rows.get(DAYS, ()):
            chosen = day(row["day"])
            if chosen is None or chosen in new:
                why = "is in it twice" if chosen else "is no day such as 2026-12-25"
                raise BadZip(f"{DAYS}: {row['day'][:40]!r} {why}")
            new[chosen] = one = Holiday(chosen, row["word"], row["hours"])
            try:
                if here.get(chosen) != one:
                    one.check()
            except ValueError as error:
                raise BadZip(f"{DAYS}, {chosen}: {error}") from error
            gone += chosen < self._answers.today()
        if gone:
            outcome.left_out.append(f"{DAYS}: {gone} lie behind us, so they were left out.")
        coming = [one for one in new.values() if one.day >= self._answers.today()]
        return [one for one in coming if here.get(one.day) != one]

    async def _changed_replies(self, found: TakenIn) -> list[tuple[str, str]]:
        """The replies that have another text here, or are none yet. Raise BadZip."""
        here, new = {one.title: one.text for one in await self._replies.all()}, {}
        for row in found.rows.get(REPLIES, ()):
            title = row["title"]
            if title in new:
                raise BadZip(f"{REPLIES}: {title[:60]!r} is in it twice")
            new[title] = row["text"]
            try:
                if here.get(title) != row["text"]:
                    self._replies.check(title, row["text"])
            except ValueError as error:
                raise BadZip(f"{REPLIES}, {title[:60]!r}: {error}") from error
        return [(title, text) for title, text in new.items() if here.get(title) != text]

    async def _page(self, session: Session, outcome: Outcome | None = None) -> Response:
        answers = await self._answers.all()
        return self._pages.render(
            "files.html",
            422 if outcome and outcome.wrong else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            changed=len(changed_entries(answers)),
            facts=len(await self._facts.values()),
            days=len(await self._coming_days()),
            replies=len(await self._replies.all()),
            outcome=outcome,
        )
