"""STOP holds under every address of a person, also when nothing else is left of them."""

from __future__ import annotations

from tests.frontdesk.conftest import FrontDesk

NUMBER, USER = "+447700900111", "GB.13491208655302741918"


async def test_stop_outlives_an_erasure_under_each_address(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER, [USER])
    await opt_outs.set(first, True)
    await front.desk.erase(first.id)
    again = await addresses.conversation("whatsapp", USER)
    assert again.id != first.id and await opt_outs.has(again)
    await opt_outs.set(again, False)
    assert not await opt_outs.has(again)


async def test_stop_holds_under_an_address_that_is_learnt_later(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER)
    await opt_outs.set(first, True)
    assert (await addresses.conversation("whatsapp", NUMBER, [USER])).id == first.id
    await front.desk.erase(first.id)
    assert await opt_outs.has(await addresses.conversation("whatsapp", USER))


async def test_start_undoes_it_under_all_addresses(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER, [USER])
    await opt_outs.set(first, True)
    await opt_outs.set(first, False)
    await front.desk.erase(first.id)
    for address in (NUMBER, USER):
        assert not await opt_outs.has(await addresses.conversation("whatsapp", address))
