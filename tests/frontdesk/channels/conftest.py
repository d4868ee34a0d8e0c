from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.frontdesk.channels.drivers import Driver, WhatsAppDriver


@pytest.fixture()
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """The provider that a test is parametrized with, else its class's ``make``, else WhatsApp."""
    make = getattr(request, "param", None) or getattr(request.cls, "make", WhatsAppDriver)
    made = make()
    yield made
    made.provider.close()


@pytest.fixture()
def extra_settings(driver: Driver) -> dict[str, str]:
    return driver.settings
