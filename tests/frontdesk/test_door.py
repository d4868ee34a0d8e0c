"""Behind a proxy, on a public address, under another host name: what the door lets in."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from clinic import Clinic
from frontdesk.app import create_app
from frontdesk.http import csv_file
from frontdesk.settings import Settings, SettingsError
from tests.frontdesk.conftest import SECRET, URL, FakeClock, FrontDesk
from tests.standins.assistant import StandInAssistant

BASE = {"ASSISTANT_SECRET": SECRET}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104 (it is refused)
def test_a_public_address_without_tls_is_refused(host: str) -> None:
    for url in ("", "http://clinic.example"):
        with pytest.raises(SettingsError, match="FRONTDESK_HOST.*allowed: 127.0.0.1"):
            Settings.read({**BASE, "FRONTDESK_HOST": host, "PUBLIC_URL": url})
    found = Settings.read({**BASE, "FRONTDESK_HOST": host, "PUBLIC_URL": "https://clinic.example"})
    assert found.is_https


def test_only_named_proxies_are_believed() -> None:
    assert Settings.read(BASE).trusted_proxies == ("127.0.0.1",)
    found = Settings.read({**BASE, "FORWARDED_ALLOW_IPS": "10.0.0.2 10.1.0.0/16"})
    assert found.trusted_proxies == ("10.0.0.2", "10.1.0.0/16")
    for value in ("*", "everybody", "10.0.0.300", "0.0.0.0/0", "::/0"):
        with pytest.raises(SettingsError, match="'FORWARDED_ALLOW_IPS' has value"):
            Settings.read({**BASE, "FORWARDED_ALLOW_IPS": value})


@pytest.mark.parametrize("host", ["evil.example", "desk.test.evil.example", "evil.example:80", ""])
async def test_another_host_name_is_refused(front: FrontDesk, host: str) -> None:
    for path in ("/", "/inbox/forgotten", "/api/clinic"):
        answer = await front.http.get(path, headers={"host": host})
        assert answer.status_code == 400, path
        assert host == "" or host not in answer.text


async def test_tls_is_demanded_for_a_year_where_there_is_tls(
    front: FrontDesk, clinic: Clinic
) -> None:
    assert "strict-transport-security" not in (await front.http.get("/")).headers
    found = replace(front.settings, public_url="https://desk.test")
    app = create_app(found, clinic, FakeClock(), StandInAssistant(SECRET).transport)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.test") as http:
        answer = await http.get("/widget.js")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_real_clinic_shows_no_sample_page(settings: Settings, clinic: Clinic) -> None:
    real = replace(clinic, is_sample=False)
    app = create_app(settings, real, FakeClock(), StandInAssistant(SECRET).transport)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
        assert [(await http.get(path)).status_code for path in ("/", "/playground")] == [404, 404]
        assert (await http.get("/widget.js")).status_code == 200


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"])
def test_no_cell_of_a_file_is_calculated_by_a_spreadsheet(cell: str) -> None:
    body = bytes(csv_file("x.csv", [[cell, 7]]).body).decode()
    assert body.lstrip('"').startswith("'") and ",7" in body


def test_every_csv_file_is_written_in_one_place() -> None:
    from pathlib import Path

    users = [p for p in Path("frontdesk").rglob("*.py") if "csv.writer" in p.read_text()]
    assert users == [Path("frontdesk/http.py")]
