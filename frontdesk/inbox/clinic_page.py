"""Settings → Clinic: every key of clinic.yml as a form, live within a second, with history and undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic import load_default
from clinic.current import forget
from frontdesk.inbox.clinic_facts import DISK, ClinicFacts, Fact, NotChanged
from frontdesk.inbox.pages import Pages
from frontdesk.inbox.seen import OtherNow, Theirs
from frontdesk.knowledge.faq import answers_with
from frontdesk.staff.members import Session

PLACE = "/inbox/settings/clinic"
FIRST = "clinic"
MOST_TOGETHER = 100
OTHER = "Somebody changed it while you were writing, so nothing of yours is kept yet."


@dataclass(frozen=True)
class Sent:
    """What a form of the page says, by key: the new value, and the sign of the one that was seen."""

    texts: Mapping[str, str]
    seen: Mapping[str, str]


@dataclass(frozen=True)
class Trouble:
    """Why nothing was kept. ``key``: where the line stands. ``is_back``: the file's values were wanted.

    together: keys that are only right together, or were sent so: they get one form. lines: what is wrong with
    each. theirs: what somebody else made of it in the meantime.
    """

    key: str
    why: str
    texts: Mapping[str, str]
    is_back: bool
    together: Collection[str] = ()
    theirs: Mapping[str, Theirs] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)


class ClinicPage:
    """One page: what the file says, what wins now, and what visitors read of it."""

    def __init__(self, pages: Pages, facts: ClinicFacts) -> None:
        self._pages = pages
        self._facts = facts

    async def show(self, request: Request, session: Session) -> Response:
        """Every key, in the sections of the file."""
        return await self._page(session)

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Change what was sent, one key or several that go together, and show the answers that say it now."""
        sent = _sent(form)
        before = load_default().facts()
        try:
            await self._facts.keep(sent.texts, sent.seen, session.member.id)
        except (NotChanged, OSError, OtherNow) as problem:
            return await self._page(session, _trouble(sent, problem))
        return await self._page(session, said=_said(before), kept=", ".join(sent.texts))

    async def take_back(self, request: Request, session: Session, form: FormData) -> Response:
        """The file's values again."""
        sent = _sent(form)
        try:
            await self._facts.take_back(list(sent.texts), sent.seen, session.member.id)
        except (NotChanged, OSError, OtherNow) as problem:
            return await self._page(session, _trouble(sent, problem, is_back=True))
        return RedirectResponse(f"{PLACE}#{next(iter(sent.texts), '')}", 303)

    async def _page(
        self,
        session: Session,
        trouble: Trouble | None = None,
        said: list[tuple[str, str]] | None = None,
        kept: str | None = None,
    ) -> Response:
        facts = await self._facts.facts()
        together = trouble.together if trouble else ()
        return self._pages.render(
            "clinic.html",
            422 if trouble else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            sections=_sections(facts),
            left_out=[fact for fact in facts if fact.left_out],
            history=await self._facts.history(),
            can_change=self._facts.can_change,
            trouble=trouble,
            together=[fact for fact in facts if fact.key in together],
            said=said,
            kept=kept,
        )


def _sent(form: FormData) -> Sent:
    """A form of the page: one key, or several with their values in the same order."""
    lists = (form.getlist("key"), form.getlist("value"), form.getlist("seen"))
    words = [[one if isinstance(one, str) else "" for one in some] for some in lists]
    rows = list(zip_longest(*words, fillvalue=""))[:MOST_TOGETHER] or [("", "", "")]
    return Sent({key: text for key, text, _ in rows}, {key: seen for key, _, seen in rows})


def _trouble(sent: Sent, problem: Exception, is_back: bool = False) -> Trouble:
    key = next(iter(sent.texts), "")
    if isinstance(problem, OtherNow):
        theirs = {one.name: one for one in problem.theirs}
        together = tuple(sent.texts) if len(sent.texts) > 1 else ()
        return Trouble(next(iter(theirs)), OTHER, sent.texts, is_back, together, theirs)
    if isinstance(problem, OSError):
        return Trouble(key, DISK, sent.texts, is_back)
    assert isinstance(problem, NotChanged)
    lines = problem.in_the_way
    keys = tuple({**sent.texts, **lines})
    why = f"Nothing was changed. {problem}"
    return Trouble(key, why, sent.texts, is_back, keys if len(keys) > 1 else (), lines=lines)


def _sections(facts: list[Fact]) -> dict[str, list[Fact]]:
    sections: dict[str, list[Fact]] = {}
    for fact in facts:
        name = fact.key.rpartition(".")[0] or FIRST
        sections.setdefault(name.replace("_", " ").replace(".", ": "), []).append(fact)
    return sections


def _said(before: Mapping[str, object]) -> list[tuple[str, str]]:
    """The answers that say something else than before, with their words now."""
    forget()
    now = load_default().facts()
    changed = {name for name, value in now.items() if before.get(name) != value}
    return answers_with(changed, now)
