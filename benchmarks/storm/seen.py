"""Row 35: what was once seen broken between two steps, done again with real processes."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.storm.people import Phone, StaffMember, Visitor
from benchmarks.storm.report import Found
from benchmarks.storm.site import Site, now
from frontdesk.inbox.lists import CLOSING_OUTCOMES

Case = Callable[[Site], Awaitable[str]]
EMERGENCY = "my throat is closing up and i cannot breathe after my laser"
IN_LINE = ("does it hurt when you do it?", "i want to talk to a person", EMERGENCY)
ROUNDS = 10
SENDING_SECONDS = 3.0
TEXTS = 6
SETTLED_SECONDS = 60.0


async def five_in_line(site: Site) -> str:
    """The assistant hangs: words for the last message, nothing marked as answered, alarm when it is back."""
    visitor = await Visitor(site).open()
    with site.suspended("assistant"):
        seqs = [await visitor.say(text) for text in (*IN_LINE, IN_LINE[0], IN_LINE[0])]
        seconds, _ = await visitor.first_words(seqs[-1], 20)
        pending = [m["status"] for m in await visitor.messages() if m["author"] == "visitor"]
    if seconds > 20:
        return "nobody said that it waits"
    if set(pending) != {"pending"}:
        return f"marked by the machine while it hung: {pending}"
    await site.settled("answers", "checks", seconds=SETTLED_SECONDS)
    said = await visitor.messages(1)
    told = any((m["payload"] or {}).get("type") == "urgent" for m in said)
    owner = await visitor.owner()
    return "" if told and owner == "waiting" else f"emergency told: {told}, owner: {owner}"


async def killed_while_sending(site: Site) -> str:
    """What the provider has taken is never shown as failed."""
    phones = [Phone(site, f"+4477009600{number:02d}") for number in range(TEXTS)]
    post = site.provider.post

    def slowly(*asked: Any) -> Any:
        answer = post(*asked)
        time.sleep(SENDING_SECONDS)
        return answer

    site.provider.post = slowly  # type: ignore[method-assign]
    before = len(site.provider.taken)
    for phone in phones:
        await phone.say("does it hurt when you do it?")
    until = now() + 30
    while len(site.provider.taken) < before + TEXTS and now() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    site.hit("frontdesk")
    site.provider.post = post  # type: ignore[method-assign]
    await Visitor(site).open()
    await site.settled(seconds=SETTLED_SECONDS)
    query = (
        "select status, count(*) from messages m join conversations c on c.id = m.conversation_id"
    )
    ours = "where c.address like '+4477009600%' and m.author != 'visitor' group by status"
    found = dict(site.rows(f"{query} {ours}"))
    return f"texts: {found}" if found.get("failed") else ""


async def health_says(site: Site) -> str:
    """The assistant dead, a provider that refuses: the health page names both."""
    http, wrong = (await Visitor(site).open()).http, []
    site.hit("assistant")
    if "assistant" not in await _not_ready(http, "assistant"):
        wrong.append("a dead assistant")
    phone = Phone(site, "+447700960100")
    await site.settled("answers", seconds=SETTLED_SECONDS)
    post = site.provider.post
    site.provider.post = lambda *asked: (
        400,
        {"code": 21614, "message": "no mobile", "status": 400},
    )  # type: ignore[method-assign]
    await phone.say("how many sessions will i need")
    if "providers" not in await _not_ready(http, "providers"):
        wrong.append("a provider that refuses")
    site.provider.post = post  # type: ignore[method-assign]
    return f"not named: {', '.join(wrong)}" if wrong else ""


async def _not_ready(http: Any, what: str) -> set[str]:
    until, found = now() + 40, set[str]()
    while what not in found and now() < until:
        body = (await http.get("/health/ready")).json()
        found |= {name for name, state in body.items() if name != "status" and state != "ok"}
        await asyncio.sleep(0.2)
    return found


async def between_staff_and_visitor(site: Site) -> str:
    """The callback form while staff talk; words just before they let go; a double-clicked reply."""
    member, rng, wrong = await StaffMember(site).sign_in(), random.Random(14), Counter[str]()

    async def one(let_go: str) -> None:
        visitor = await Visitor(site).open()
        await visitor.answered(await visitor.say("does it hurt when you do it?"))
        path = f"/inbox/c/{visitor.id}"
        await member.do(f"{path}/take")
        form = {"name": "Ann", "contact": "07700 900123", "good_time": "", "id": uuid.uuid4().hex}
        await visitor.http.post("/api/callback", json=form)
        wrong["a callback form took it from staff"] += await visitor.owner() != "staff"
        text = {"text": "This is a person.", "key": secrets.token_hex(8)}
        codes = await asyncio.gather(*[member.do(f"{path}/reply", **text) for _ in range(2)])
        wrong["a double click was refused"] += {one.status_code for one in codes} != {303}

        async def leave() -> None:
            await asyncio.sleep(rng.uniform(0, 0.06))
            await member.do(f"{path}/{let_go}", outcome=CLOSING_OUTCOMES[0])

        seq, _ = await asyncio.gather(visitor.say("how many sessions will i need"), leave())
        answered = await visitor.answered(seq, 30)
        replies = [m for m in await visitor.messages(seq) if m["author"] == "assistant"]
        wrong[f"nobody answered words just before {let_go}"] += answered > 30 or not replies

    for number in range(ROUNDS):
        await one(("back", "close")[number % 2])
    return "; ".join(f"{what}: {many} of {ROUNDS}" for what, many in wrong.items() if many)


CASES: dict[str, Case] = {
    "five messages in line before an assistant that hangs": five_in_line,
    "killed while sending": killed_while_sending,
    "health": health_says,
    "between staff and visitor": between_staff_and_visitor,
}


async def run(site: Site) -> Found:
    """Each case; the others of that list are rows 1, 2, 18, 20, 29, 34 and tests of starting and ending."""
    found = {name: await case(site) for name, case in CASES.items()}
    shown = "; ".join(f"{name}: {why or 'holds'}" for name, why in found.items())
    return Found(35, shown, not any(found.values()))
