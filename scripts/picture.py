"""`make picture`: draws which room imports which, from the code itself, into docs/rooms.md.

python -m scripts.picture            writes it
python -m scripts.picture --check    says whether it is still true
"""

from __future__ import annotations

import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "rooms.md"
PACKAGES = ("actions", "assistant", "clinic", "content", "eligibility", "frontdesk")
HTTP = (("frontdesk", "assistant"), ("assistant", "actions"))
ROOMS = {
    "actions": "actions: what the assistant does beside talking",
    "assistant": "assistant: understanding, inside Rasa",
    "clinic": "clinic: facts and hours",
    "content": "content: the rules that every answer keeps",
    "eligibility": "eligibility: the pre-screen's rules",
    "frontdesk": "app, wiring, settings, http, copy, clock, ...",
    "frontdesk.answering": "answering: the desk, handing over, timers",
    "frontdesk.channels": "channels: one file a provider",
    "frontdesk.conversations": "conversations: messages, owners",
    "frontdesk.inbox": "inbox: what staff see and do",
    "frontdesk.knowledge": "knowledge: what could not be answered",
    "frontdesk.outgoing": "outgoing: delivery, receipts, notices",
    "frontdesk.staff": "staff: accounts, sign-in, audit",
    "frontdesk.storage": "storage: tables, connections",
    "frontdesk.visitors": "visitors: the widget's API",
}
HEAD = """# The rooms, and who imports whom

Made by `make picture` from the imports of the code; a test fails when it is out of date. A room is a
folder. An arrow points from who imports to what is imported; a dotted one is a request over HTTP.
What lies flat in `frontdesk/` (settings, clock, copy, http, ...) may be imported by every room, so its
arrows are left out.
"""


def room_of(module: str) -> str:
    """The room in which a module is."""
    parts = module.split(".")
    inner = ".".join(parts[:2])
    return inner if inner in ROOMS else parts[0]


def edges() -> list[tuple[str, str]]:
    """Pairs of rooms of which the first imports the second."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    found = {
        (room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return sorted((a, b) for a, b in found if a != b and "frontdesk" not in (a, b))


def draw() -> str:
    """The page, with a diagram that GitHub shows."""
    lines = ["flowchart TD", '  subgraph frontdesk_room["frontdesk"]']
    inner = [room for room in ROOMS if room.startswith("frontdesk")]
    lines += [f'    {_id(room)}["{ROOMS[room]}"]' for room in inner]
    lines += ["  end"]
    outer = [room for room in ROOMS if room not in inner]
    lines += [f'  {_id(room)}["{ROOMS[room]}"]' for room in outer]
    lines += [f"  {_id(a)} --> {_id(b)}" for a, b in edges()]
    lines += [f"  {_id(a)} -. HTTP .-> {_id(b)}" for a, b in HTTP]
    return HEAD + "\n```mermaid\n" + "\n".join(lines) + "\n```\n"


def _id(room: str) -> str:
    return room.replace(".", "_")


def main() -> int:
    """Write the page, or say with exit code 1 that it is out of date."""
    page = draw()
    if "--check" in sys.argv[1:]:
        if FILE.read_text(encoding="utf-8") != page:
            print("docs/rooms.md is out of date: `make picture` draws it anew", file=sys.stderr)
            return 1
        return 0
    FILE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
