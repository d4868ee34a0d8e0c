"""Settings → Clinic: every key of clinic.yml as a form, live within a second, with history and undo."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic import load_default
from clinic.current import forget
from frontdesk.http import text_of
from frontdesk.inbox.clinic_facts import DISK, ClinicFacts, Fact, NotChanged
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.faq import answers_with
from frontdesk.staff.members import Session

PLACE = "/inbox/settings/clinic"
FIRST = "clinic"


class ClinicPage:
    """One page: what the file says, what wins now, and what visitors read of it."""

    def __init__(self, pages: Pages, facts: ClinicFacts) -> None:
        self._pages = pages
        self._facts = facts

    async def show(self, request: Request, session: Session) -> Response:
        """Every key, in the sections of the file."""
        return await self._page(session)

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Change one key, and show the answers that say it now."""
        key, text = text_of(form, "key"), text_of(form, "value")
        before = load_default().facts()
        try:
            await self._facts.keep(key, text, session.member.id)
        except (NotChanged, OSError) as problem:
            return await self._page(session, problem=(key, text, _why(problem)))
        return await self._page(session, said=_said(before), kept=key)

    async def take_back(self, request: Request, session: Session, form: FormData) -> Response:
        """The file's value again."""
        key = text_of(form, "key")
        try:
            await self._facts.take_back(key, session.member.id)
        except (NotChanged, OSError) as problem:
            return await self._page(session, problem=(key, "", _why(problem)))
        return RedirectResponse(f"{PLACE}#{key}", 303)

    async def _page(
        self,
        session: Session,
        problem: tuple[str, str, str] | None = None,
        said: list[tuple[str, str]] | None = None,
        kept: str | None = None,
    ) -> Response:
        facts = await self._facts.facts()
        return self._pages.render(
            "clinic.html",
            422 if problem else 200,
            me=session.member,
            csrf_token=session.csrf_token,
            sections=_sections(facts),
            left_out=[fact for fact in facts if fact.left_out],
            history=await self._facts.history(),
            can_change=self._facts.can_change,
            problem=problem,
            said=said,
            kept=kept,
        )


def _why(problem: Exception) -> str:
    return DISK if isinstance(problem, OSError) else f"Nothing was changed. {problem}"


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
