"""A price is changed in the inbox: all processes say it within a second, and again after a kill."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import Any

import httpx

from frontdesk.inbox.seen import mark_of
from tests.e2e.conftest import Stack


def change(stack: Stack, path: str, **form: str) -> httpx.Response:
    with httpx.Client(base_url=stack.url, headers={"Origin": stack.url}, timeout=60) as http:
        who = {"user_name": "reception", "password": stack.staff_password}
        assert http.post("/inbox/sign-in", data=who).status_code == 303
        found = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/inbox/").text)
        assert found
        return http.post(path, data={"csrf_token": found[1], **form})


def test_a_new_price_is_said_within_a_second_and_after_a_kill(open_clinic: Stack, say: Any) -> None:
    place = "/inbox/settings/clinic"
    try:
        answer = change(open_clinic, place, key="prices.from", value="£199")
        assert answer.status_code == 200, answer.text
        assert "£199" in answer.text
        time.sleep(1)  # whoever asks from now on hears it, however busy the machine is
        assert "£199" in say().say("how much does thermage cost")
        os.kill(open_clinic.pid("actions"), signal.SIGKILL)
        open_clinic.wait()
        assert "£199" in say().say("how much does thermage cost")
    finally:
        change(open_clinic, f"{place}/back", key="prices.from", seen=mark_of("£199"))
