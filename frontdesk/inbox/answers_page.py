"""Answers: the list of all, and the page on which one is written, checked, shown and kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic.answers import DEVICES
from clinic.sources import load_default as load_sources
from content.entries import Entry
from content.settings import fill
from frontdesk.answering.desk import Desk
from frontdesk.assistant_client import AssistantClient, AssistantUnavailable
from frontdesk.http import Problem, text_of, whole_number
from frontdesk.inbox.clinic_facts import DISK
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.answer import Answer, State
from frontdesk.knowledge.answers import Answers, Asked, Conflict, NotAllowed, seeds
from frontdesk.knowledge.unanswered import UnansweredQuestions
from frontdesk.knowledge.writing import (
    Checked,
    Typed,
    checked,
    in_full,
    lines,
    new_topic,
    tidy,
    typed_of,
)
from frontdesk.staff.members import Session

PLACE = "/inbox/answers"
MOST_REMEMBERED = 2_000
MOST_BUTTONS = 3
NEW_FILE = "the_clinic.yml"


@dataclass(frozen=True)
class Line:
    """One answer in the list."""

    answer: Answer
    state: State
    asked: Asked
    days: int

    @property
    def entry(self) -> Entry:
        """Its newest words."""
        return self.answer.written

    @property
    def file(self) -> str:
        """The topic that it belongs to, in words."""
        return in_words(self.entry.file)


class AnswersPage:
    """What the clinic writes is checked at the field, and said by the assistant within a second."""

    def __init__(
        self, desk: Desk, pages: Pages, answers: Answers, unanswered: UnansweredQuestions
    ) -> None:
        self._desk = desk
        self._pages = pages
        self._answers = answers
        self._unanswered = unanswered
        self._taken = Taken(desk.assistant)

    async def show(self, request: Request, session: Session) -> Response:
        """Every answer, with what was looked for."""
        query = request.query_params
        words, file, state = (query.get(key, "").strip()[:100] for key in ("q", "file", "state"))
        all_lines = await self.lines()
        found = [one for one in all_lines if _fits(one, words.casefold(), file, state)]
        if query.get("order") == "asked":
            found.sort(key=lambda one: -one.asked.times)
        elif query.get("order") == "age":
            found.sort(key=lambda one: -one.days)
        return self._render(
            session,
            "answers.html",
            found=found,
            count=len(all_lines),
            files=sorted({one.entry.file for one in all_lines}),
            states=[(one, sum(x.state is one for x in all_lines)) for one in State],
            looked={"q": words, "file": file, "state": state, "order": query.get("order", "")},
            signed_only=self._answers.signed_only,
            in_words=in_words,
        )

    async def lines(self) -> list[Line]:
        """Every answer as the list shows it."""
        today, asked = self._answers.today(), await self._answers.asked()
        return [
            Line(
                one,
                one.state(today),
                asked.get(one.topic, Asked()),
                (today - date.fromisoformat(one.written.reviewed)).days,
            )
            for one in (await self._answers.all()).values()
        ]

    async def new(self, request: Request, session: Session) -> Response:
        """An empty page; with the words of a message that was not understood, when it is about one."""
        wanted = whole_number(request.query_params.get("message", "0"))
        undecided = await self._unanswered.undecided() if wanted else []
        asks = tuple(one.text for one in undecided if one.message_id == wanted)
        typed = Typed("", NEW_FILE, "", "", "", "", (), (), False, asks)
        return await self._editor(session, None, typed, Checked({}), message=wanted)

    async def open(self, request: Request, session: Session) -> Response:
        """One answer."""
        answer = await self._found(request)
        return await self._editor(session, answer, as_typed(answer.written, answer.added))

    async def check(self, request: Request, session: Session, form: FormData) -> Response:
        """What is wrong with what stands in the form now, a part of the page for each field."""
        answer = await self._answers.one(text_of(form, "topic"))
        typed = _typed(form, answer, await self._entries())
        values = await self._values(answer, typed)
        return self._render(session, "answer_check.html", **values)

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep what was typed: said at once, or a draft where signed words stand until it is signed."""
        answer, entries = await self._answers.one(text_of(form, "topic")), await self._entries()
        typed = _typed(form, answer, entries)
        if not typed.topic:
            typed = replace(typed, topic=new_topic(typed.question, entries, len(entries)))
        result = self._checked(answer, typed, entries)
        if result.wrong:
            return await self._editor(session, answer, typed, result=result)
        entry = typed.entry(_before(answer), self._answers.today())
        seen = whole_number(text_of(form, "seen")) or 0
        try:
            kept = await self._answers.keep(entry, typed.asks, session.member.id, seen)
        except Conflict as conflict:
            return await self._editor(session, conflict.answer, typed, theirs=conflict.answer)
        except OSError:
            found = await self._answers.one(typed.topic)
            return await self._editor(session, found, typed, problem=DISK)
        if message := whole_number(text_of(form, "message")):
            await self._unanswered.decide({message}, kept.topic, session.member.id)
        return RedirectResponse(f"{PLACE}/{kept.topic}", 303)

    async def ask(self, request: Request, session: Session, form: FormData) -> Response:
        """Put the newest words before a clinician."""
        answer = await self._found(request)
        seen = whole_number(text_of(form, "seen")) or 0
        return await self._step(
            session, answer, self._answers.ask(answer.topic, session.member.id, seen)
        )

    async def take_up(self, request: Request, session: Session, form: FormData) -> Response:
        """The words of an earlier step again, or those of the file."""
        answer = await self._found(request)
        number = whole_number(text_of(form, "number"))
        step = next((one for one in answer.steps if one.number == number), None)
        entry, added = (step.entry, step.added) if step else (answer.seed, ())
        if entry is None:
            raise Problem(404, "not_found", "There is no such step.")
        seen = whole_number(text_of(form, "seen")) or 0
        keeping = self._answers.keep(entry, added, session.member.id, seen)
        return await self._step(session, answer, keeping)

    async def withhold(self, request: Request, session: Session, form: FormData) -> Response:
        """Stop giving an answer, or give it again."""
        answer = await self._found(request)
        seen, stop = whole_number(text_of(form, "seen")) or 0, text_of(form, "given") == "no"
        step = self._answers.withhold(answer.topic, session.member.id, seen, stop)
        return await self._step(session, answer, step)

    async def _step(self, session: Session, answer: Answer, step: Any) -> Response:
        try:
            await step
        except Conflict as conflict:
            typed = as_typed(answer.written, answer.added)
            return await self._editor(session, conflict.answer, typed, theirs=conflict.answer)
        except (NotAllowed, OSError) as error:
            problem = DISK if isinstance(error, OSError) else str(error)
            typed = as_typed(answer.written, answer.added)
            return await self._editor(session, answer, typed, problem=problem)
        return RedirectResponse(f"{PLACE}/{answer.topic}", 303)

    async def _found(self, request: Request) -> Answer:
        found = await self._answers.one(request.path_params["topic"])
        if found is None:
            raise Problem(404, "not_found", "There is no such answer.")
        return found

    async def _entries(self) -> list[Entry]:
        """Those beside which an answer stands: what may follow it, and whose ways to ask are not its own."""
        written = (one.written for one in (await self._answers.all()).values())
        return [one for one in written if not one.is_of_device]

    def _checked(self, answer: Answer | None, typed: Typed, entries: list[Entry]) -> Checked:
        facts = self._desk.clinic.facts(self._desk.clock())
        topic = typed.topic or new_topic(typed.question, entries, len(entries))
        named = replace(typed, topic=topic)
        return checked(named, _before(answer), entries, facts, self._answers.today())

    async def _values(
        self, answer: Answer | None, typed: Typed, result: Checked | None = None
    ) -> dict[str, Any]:
        entries, sources = await self._entries(), load_sources()
        facts = self._desk.clinic.facts(self._desk.clock())
        result = result or await asyncio.to_thread(self._checked, answer, typed, entries)
        of_device = typed.file == DEVICES
        questions = {one.topic: one.question for one in entries}
        related = [questions[topic] for topic in typed.related if topic in questions]
        others = [ask for ask in typed.asks if ask not in (answer.added if answer else ())]
        return {
            "answer": answer,
            "typed": typed,
            "result": result,
            "taken": await self._taken.by_others(others, typed.topic, questions),
            "sources": sources,
            "cited": [sources[code] for code in typed.sources if code in sources],
            "questions": questions,
            "facts": facts | ({"device": "the name that was used"} if of_device else {}),
            "of_device": of_device,
            "buttons": [*(["Tell me more"] if typed.more else []), *related][:MOST_BUTTONS],
            "preview": in_full(typed, facts) if typed.text else "",
            "preview_sms": fill(typed.sms, facts),
            "preview_more": fill(typed.more, facts),
        }

    async def _editor(
        self,
        session: Session,
        answer: Answer | None,
        typed: Typed,
        result: Checked | None = None,
        theirs: Answer | None = None,
        problem: str | None = None,
        message: int | None = None,
    ) -> Response:
        is_wrong = bool(theirs or problem or (result and result.wrong))
        return self._render(
            session,
            "answer.html",
            422 if is_wrong else 200,
            **await self._values(answer, typed, result),
            shown_wrong=bool(result and result.wrong),
            theirs=theirs,
            problem=problem,
            message=message,
            state=answer.state(self._answers.today()) if answer else None,
            files=sorted({one.file for one in seeds().values() if not one.is_of_device}),
            learned=(await self._answers.learned()).get(typed.topic, ()),
            can_change=self._answers.can_change,
            signed_only=self._answers.signed_only,
            in_words=in_words,
            State=State,
        )

    def _render(
        self, session: Session, template: str, status: int = 200, **values: Any
    ) -> Response:
        return self._pages.render(
            template, status, me=session.member, csrf_token=session.csrf_token, **values
        )


class Taken:
    """Which ways to ask the assistant answers with something else today; each is asked once."""

    def __init__(self, assistant: AssistantClient) -> None:
        self._assistant = assistant
        self._known: dict[str, str | None] = {}

    async def by_others(
        self, asks: list[str], topic: str, questions: dict[str, str]
    ) -> dict[str, str]:
        """By way to ask, the question whose answer is given to it now; nothing while the assistant is away."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        try:
            for ask in asks:
                if ask not in self._known:
                    self._known[ask] = await self._assistant.answered_with(ask)
        except AssistantUnavailable:
            return {}
        found = {ask: self._known[ask] for ask in asks}
        return {
            ask: questions[other]
            for ask, other in found.items()
            if other and other != topic and other in questions
        }


def as_typed(entry: Entry, added: tuple[str, ...]) -> Typed:
    """An answer as the form shows it: of its ways to ask only those that the clinic added."""
    return replace(typed_of(entry), asks=added)


def in_words(file: str) -> str:
    """A file of data/faq/ as its topic reads."""
    return "one kind of device" if file == DEVICES else file.removesuffix(".yml").replace("_", " ")


def _typed(form: FormData, answer: Answer | None, entries: list[Entry]) -> Typed:
    """What stands in the form; a source or an answer that was added by its title is found by it.

    Of an answer about a device the form has the text and its sources only.
    """
    by_title = {tidy(one.title): one.code for one in load_sources().values()}
    sources = [str(one) for one in form.getlist("sources")]
    sources.append(by_title.get(tidy(text_of(form, "add_source")), ""))
    by_question = {tidy(one.question): one.topic for one in entries}
    added = tidy(text_of(form, "add_related"))
    related = [str(one) for one in form.getlist("related")] + [by_question.get(added, "")]
    file = text_of(form, "file")
    known = {one.file for one in entries}
    if answer and answer.written.is_of_device:
        text, codes = tidy(text_of(form, "text")), tuple(dict.fromkeys(filter(None, sources)))
        return replace(typed_of(answer.written), text=text, sources=codes)
    return Typed(
        topic=answer.topic if answer else "",
        file=answer.written.file if answer else file if file in known else NEW_FILE,
        question=tidy(text_of(form, "question")),
        text=tidy(text_of(form, "text")),
        sms=tidy(text_of(form, "sms")),
        more=tidy(text_of(form, "more")),
        sources=tuple(dict.fromkeys(filter(None, sources))),
        related=tuple(dict.fromkeys(filter(None, related))),
        staff_answer=text_of(form, "staff_answer") == "yes",
        asks=lines(text_of(form, "asks")),
    )


def _before(answer: Answer | None) -> tuple[str, ...]:
    return answer.seed.asks if answer and answer.seed else ()


def _fits(line: Line, words: str, file: str, state: str) -> bool:
    if file and line.entry.file != file:
        return False
    if state and line.state.value != state:
        return False
    entry = line.entry
    said = " ".join((entry.question, entry.text, entry.more, *entry.asks)).casefold()
    return all(word in said for word in words.split())
