"""STOP holds under every address of a person, also when nothing else is left of them."""

from __future__ import annotations

from frontdesk.conversations.opt_outs import Stopped
from tests.frontdesk.conftest import FrontDesk

NUMBER, USER = "+447700900111", "GB.13491208655302741918"


async def test_stop_outlives_an_erasure_under_each_address(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER, [USER])
    await opt_outs.set(first, True)
    await front.desk.erase(first.id)
    again = await addresses.conversation("whatsapp", USER)
    assert again.id != first.id and (await opt_outs.of(again)).is_stopped
    await opt_outs.set(again, False)
    assert not (await opt_outs.of(again)).is_stopped


async def test_stop_holds_under_an_address_that_is_learnt_later(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER)
    await opt_outs.set(first, True)
    assert (await addresses.conversation("whatsapp", NUMBER, [USER])).id == first.id
    await front.desk.erase(first.id)
    known = await addresses.conversation("whatsapp", USER)
    assert (await opt_outs.of(known)).is_stopped


async def test_start_undoes_it_under_all_addresses(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    first = await addresses.conversation("whatsapp", NUMBER, [USER])
    await opt_outs.set(first, True)
    await opt_outs.set(first, False)
    await front.desk.erase(first.id)
    for address in (NUMBER, USER):
        known = await addresses.conversation("whatsapp", address)
        assert not (await opt_outs.of(known)).is_stopped


async def test_whether_and_how_somebody_has_stopped_is_told_together(front: FrontDesk) -> None:
    addresses = front.app.state.rooms.conversations.addresses
    opt_outs = front.desk.conversations.opt_outs
    who = await addresses.conversation("whatsapp", NUMBER, [USER])
    told = [await opt_outs.of(who)]
    for stopped, until_they_write in ((True, True), (True, False), (True, True), (False, False)):
        await opt_outs.set(who, stopped, until_they_write)
        told.append(await opt_outs.of(who))
    lasting = Stopped(is_stopped=True, is_blocked=False)
    none = Stopped(is_stopped=False, is_blocked=False)
    assert told == [none, Stopped(is_stopped=True, is_blocked=True), lasting, lasting, none]
