"""A stand-in of the assistant's private channel: scripted answers, and every way to be unavailable."""

from __future__ import annotations

import asyncio
from typing import Any
from zlib import crc32

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

HANDOFF = {
    "type": "handoff",
    "reason": "asked",
    "urgency": "normal",
    "topic": None,
    "summary": None,
}
ANSWER = {
    "topic": "pain_feel",
    "question": "Does it hurt?",
    "sources": [
        {"title": "Skin society", "address": "https://society.example/laser", "read": "abstract"}
    ],
    "medical": True,
    "reviewed": "2026-11-23",
    "clinical_review": "pending",
}
SIGN = {
    "type": "urgent",
    "level": "U1",
    "sign": "breathing",
    "sign_words": "trouble breathing",
}
DANGER = {
    "decision": "act",
    "level": "U1",
    "sign": "breathing",
    "sign_words": "trouble breathing",
    "messages": ["This could be an emergency. Call 999."],
}
URGENT = {**HANDOFF, "reason": "urgent", "urgency": "urgent"}
CALLBACK = {
    "type": "callback",
    "name": "Ana",
    "contact": "+34 600 000 000",
    "good_time": "after six",
}
SHARED = {
    "type": "eligibility_result",
    "pre_screen": "p_1",
    "outcome": "R",
    "headline": "Staff look first",
    "version": "1",
    "flags": [{"row": "5c", "outcome": "R", "reason": "More bruising."}],
    "come_back": None,
    "facts": [{"question": "Blood thinners?", "answer": "Yes"}],
    "shared": True,
}


def pre_screen(text: str) -> str | None:
    """ "my secret 2 is …" belongs to the second one."""
    if "secret" not in text:
        return None
    return "p_2" if "secret 2" in text else "p_1"


class StandInAssistant:
    """Answers "echo: …"; special words ask for a hand-over, a callback, buttons, a shared result."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.forget()
        self.app = Starlette(
            routes=[
                Route("/webhooks/frontdesk/messages", self.message, methods=["POST"]),
                Route("/webhooks/frontdesk/check", self.check, methods=["POST"]),
                Route("/webhooks/frontdesk/health", self.health, methods=["GET"]),
                Route("/webhooks/frontdesk/encode", self.encode, methods=["POST"]),
                Route("/webhooks/frontdesk/conversations/{id}", self.erase, methods=["DELETE"]),
                Route(
                    "/webhooks/frontdesk/conversations/{id}/forget",
                    self.forgotten,
                    methods=["POST"],
                ),
            ]
        )

    def forget(self) -> None:
        """As when it was made."""
        self.answered_with: str | None = None
        self.sureness = 0.9
        if hasattr(self, "gate"):
            self.gate.set()
        self.asked = 0
        self.turns: list[dict[str, Any]] = []
        self.erased: list[str] = []
        self.forgot: list[tuple[str, dict[str, Any]]] = []
        self.encoded: list[str] = []
        self.checked: list[str] = []
        self.nearest: list[str] = []
        self.status = 200
        self.has_actions = True
        self.seconds = 0.0
        self.intent = "faq"
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app)

    async def message(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {self.secret}"
        body = await request.json()
        self.asked += 1
        await self.gate.wait()
        await asyncio.sleep(self.seconds)
        if self.status != 200:
            return JSONResponse({"error": "down"}, self.status)
        if "unreadable" in (body["text"] or ""):
            return JSONResponse({"error": "fails on this one"}, 500)
        self.turns.append(body)
        return JSONResponse(
            {
                "message_id": body["message_id"],
                "duplicate": False,
                "understood": {
                    "intent": self.intent,
                    "confidence": 0.9,
                    "topic": "copy_of_data" if "about me" in (body["text"] or "") else None,
                    "health": "warfarin" in (body["text"] or ""),
                    "nearest": "pain_feel" if "hurt" in (body["text"] or "") else None,
                    "nearest_sureness": self.sureness,
                    "button": False,
                    "private": "secret" in (body["text"] or ""),
                    "pre_screen": pre_screen(body["text"] or ""),
                },
                "messages": self._reply(body["text"] or f"button {body['button_id']}"),
            }
        )

    async def check(self, request: Request) -> Response:
        """Looks at one text: "cannot breathe" is a sign."""
        text = (await request.json())["text"]
        await self.gate.wait()
        if self.status != 200:
            return JSONResponse({"error": "down"}, self.status)
        self.checked.append(text)
        danger = DANGER if "cannot breathe" in text else None
        return JSONResponse(
            {"danger": danger, "answered_with": self.answered_with, "nearest": self.nearest}
        )

    async def health(self, request: Request) -> Response:
        return JSONResponse({"model": "stand-in", "actions": self.has_actions}, self.status)

    async def encode(self, request: Request) -> Response:
        """Texts that share their first word are alike."""
        if self.status != 200:
            return JSONResponse({"error": "down"}, self.status)
        texts = (await request.json())["texts"]
        self.encoded += texts
        places = [crc32(text.split()[0].encode()) % 64 for text in texts]
        vectors = [[float(place == number) for number in range(64)] for place in places]
        return JSONResponse({"vectors": vectors})

    async def erase(self, request: Request) -> Response:
        if self.status != 200:
            return JSONResponse({"error": "down"}, self.status)
        self.erased.append(request.path_params["id"])
        return Response(status_code=204)

    async def forgotten(self, request: Request) -> Response:
        """Blanks a message, a pre-screen, or what is older."""
        if self.status != 200:
            return JSONResponse({"error": "down"}, self.status)
        self.forgot.append((request.path_params["id"], await request.json()))
        return Response(status_code=204)

    @staticmethod
    def _reply(text: str) -> list[dict[str, Any]]:
        def said(
            words: str, payload: dict[str, Any] | None = None, *buttons: str
        ) -> dict[str, Any]:
            offered = [{"id": f"b_{title.lower()}", "title": title} for title in buttons]
            return {"text": words, "buttons": offered, "answer": None, "payload": payload}

        if "forget my secret" in text:
            return [said("", {"type": "forget", "pre_screen": "p_1"}), said("Forgotten.")]
        if "erase me" in text:
            return [said("", {"type": "erase"}), said("Done.")]
        if "human" in text:
            return [said("", HANDOFF)]
        if "cannot breathe" in text:
            return [said("", SIGN), said("Call 999."), said("", URGENT)]
        if "call me" in text:
            return [said("", CALLBACK), said("Noted.")]
        if "share" in text:
            return [said("", SHARED), said("Sent.")]
        if "sources" in text:
            return [{**said("It can snap."), "answer": ANSWER}]
        if "may it suit me" in text:
            return [said("Only on https://harbourskin.example. Or call.", {"type": "elsewhere"})]
        if "that was all" in text:
            return [said("Nothing rules it out.", {"type": "result", "outcome": "Y"})]
        if "say nothing" in text:
            return []
        if "only a card" in text:
            return [said("", {"type": "prescreen_hint"}), said("  ")]
        if "so upset" in text:
            return [
                said("I am sorry."),
                said("", {**HANDOFF, "reason": "distress", "urgency": "soon"}),
            ]
        if "choose" in text:
            return [said("Which?", None, "Yes", "No")]
        return [said(f"echo: {text}")]
