"""The helmet's link to a band: two simulated devices on one air."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.services.ble import band_link
from firmware_sim.firmware.services.ble.band_link import BandLink
from firmware_sim.firmware.services.ble.irq import Radio
from firmware_sim.mcu import Clock, Mcu, modules_of
from firmware_sim.mcu.radio import AirServer
from firmware_sim.testing.ble_rig import Band, Storage, band

_LIMIT_S = 30.0


class Helmet:
    """A radio with the link on it; `start` begins another life."""

    def __init__(self, server: AirServer, storage: Storage) -> None:
        self.storage = storage
        self.clock = Clock()
        self.radio = server.new_radio()
        self.mcu = Mcu(self.clock, seed=77, radio=self.radio)
        self.start()

    def start(self) -> None:
        bluetooth: Any = modules_of(self.mcu)["bluetooth"]
        self.stack = Radio(bluetooth.BLE(), bluetooth.UUID, self.storage)
        self.stack.start("helmet")
        self.link = BandLink(self.stack, self.storage, self.now_ms)

    @property
    def now_ms(self) -> int:
        return self.clock.now // 1000

    async def until(self, done: Callable[[], object]) -> None:
        """Step until something is so."""

        async def wait() -> None:
            while not done():
                self.clock.run_until(self.clock.now + 20_000)
                self.stack.poll()
                self.link.poll(self.now_ms)
                await asyncio.sleep(0.004)

        await asyncio.wait_for(wait(), _LIMIT_S)

    async def linked(self) -> None:
        await self.until(lambda: self.link.state == band_link.LINKED)


def with_helmet(play: Callable[[Helmet, Band], Awaitable[None]]) -> None:
    """A helmet and a band that measures."""

    async def run() -> None:
        server = await AirServer.start()
        try:
            async with band(server=server) as worn:
                helmet = Helmet(server, Storage())
                await helmet.radio.power_on()
                try:
                    await play(helmet, worn)
                finally:
                    await helmet.radio.power_off()
        finally:
            await server.close()

    asyncio.run(run())


def measure(worn: Band, spo2: int = 970) -> None:
    worn.vitals.beat(1_000_000, 1000)
    worn.measured(wire.READING_KIND_SPO2, spo2)
    worn.measured(wire.READING_KIND_PULSE_RATE, 733)
    worn.report()


def test_it_does_nothing_before_it_was_paired() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        await helmet.until(lambda: helmet.now_ms > 2000)
        assert helmet.link.state == band_link.UNPAIRED
        assert helmet.link.vitals(helmet.now_ms)[2] is None
        assert worn.busy == []

    with_helmet(play)


def test_paired_once_it_has_the_vitals_and_their_age_and_links_itself_again() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()
        measure(worn)
        await helmet.until(lambda: helmet.link.spo2 is not None and helmet.link.pulse is not None)
        assert (helmet.link.pulse, helmet.link.spo2) == (60, 97)
        assert (helmet.link.vitals(helmet.now_ms)[2] or 0) < 200
        await helmet.until(lambda: "bonds" in helmet.storage and "bonds" in worn.storage)
        keys = dict(helmet.storage)
        for links in (2, 3):
            worn.radio.drop_links()
            await helmet.until(lambda: helmet.link.state != band_link.LINKED)
            assert (helmet.link.pulse, helmet.link.spo2) == (60, 97), "what came last is known, with its age"
            before = helmet.link.vitals(helmet.now_ms)[2] or 0
            await helmet.linked()
            assert helmet.link.links == links
            assert (helmet.link.vitals(helmet.now_ms)[2] or 0) > before
        assert dict(helmet.storage) == keys, "paired once"
        measure(worn, 880)
        await helmet.until(lambda: helmet.link.spo2 == 88)

    with_helmet(play)


def test_it_links_itself_after_a_restart() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()
        await helmet.until(lambda: "bonds" in helmet.storage)
        helmet.mcu.reset()
        helmet.start()
        await helmet.radio.power_on()
        await helmet.linked()
        measure(worn)
        await helmet.until(lambda: helmet.link.pulse == 60)

    with_helmet(play)


def test_a_band_that_lost_its_keys_has_to_be_paired_again_by_the_wearer() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()
        await helmet.until(lambda: "bonds" in helmet.storage and "bonds" in worn.storage)
        worn.storage.clear()
        worn.mcu.reset()
        worn.boot()
        await worn.radio.power_on()
        await helmet.until(lambda: helmet.link.state != band_link.LINKED)
        began = helmet.now_ms
        await helmet.until(lambda: helmet.now_ms - began > 4_000)
        assert helmet.link.links == 1
        helmet.storage.pop("bonds")
        helmet.mcu.reset()
        helmet.start()
        await helmet.radio.power_on()
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()

    with_helmet(play)


def test_what_the_band_does_not_know_is_not_known() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()
        measure(worn)
        await helmet.until(lambda: helmet.link.spo2 == 97)
        worn.vitals.contact[wire.STREAM_ECG] = 0
        worn.vitals.contact[wire.STREAM_PPG] = 0
        worn.report()
        seen = helmet.link.updated_ms[0]
        await helmet.until(lambda: helmet.link.updated_ms[0] != seen)
        assert helmet.link.pulse is None

    with_helmet(play)


@pytest.mark.parametrize(
    ("pulse", "spo2", "shown"),
    [
        ((88, 60_000), (97, 60_000), (88, 97, 0)),
        ((88, 60_000), (97, 50_001), (88, 97, 9_999)),
        ((88, 60_000), (97, 50_000), (88, None, 0)),
        ((88, 60_000), (97, 0), (88, None, 0)),
        ((88, 0), (97, 57_000), (None, 97, 3_000)),
        ((88, 52_000), (97, 56_000), (88, 97, 8_000)),
        ((None, 60_000), (97, 20_000), (None, 97, 40_000)),
        ((88, 20_000), (None, 60_000), (88, None, 40_000)),
        ((88, 20_000), (None, None), (88, None, 40_000)),
        ((None, 20_000), (None, 40_000), (None, None, 20_000)),
        ((None, None), (None, None), (None, None, None)),
    ],
)
def test_no_value_reads_as_younger_than_it_is(
    pulse: tuple[int | None, int | None],
    spo2: tuple[int | None, int | None],
    shown: tuple[int | None, int | None, int | None],
) -> None:
    link = BandLink(Radio(None, lambda uuid: uuid, Storage()), Storage(), 0)
    (link.pulse, link.updated_ms[0]), (link.spo2, link.updated_ms[1]) = pulse, spo2
    assert link.vitals(60_000) == shown


def test_nobody_to_pair_with_leaves_it_unpaired() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        worn.ble.gap_advertise(None)
        helmet.link.pair(helmet.now_ms)
        await helmet.until(lambda: helmet.link.state == band_link.UNPAIRED)
        assert "band" not in helmet.storage

    with_helmet(play)


def test_a_band_that_is_gone_is_looked_for_until_it_is_back() -> None:
    async def play(helmet: Helmet, worn: Band) -> None:
        helmet.link.pair(helmet.now_ms)
        await helmet.linked()
        await worn.radio.power_off()
        await helmet.until(lambda: helmet.link.state != band_link.LINKED)
        seen = set()
        began = helmet.now_ms
        await helmet.until(lambda: seen.add(helmet.link.state) or helmet.now_ms - began > 25_000)  # type: ignore[func-returns-value]
        assert seen <= {band_link.WAITING, band_link.CONNECTING}
        worn.mcu.reset()
        worn.boot()
        await worn.radio.power_on()
        await helmet.linked()

    with_helmet(play)


@pytest.mark.parametrize(
    ("value", "pulse"),
    [(b"\x06\x3c", 60), (b"\x04\x3c", None), (b"\x06\x00", None), (b"\x07\x2c\x01", 300), (b"\x00\x3c", 60)],
)
def test_heart_rates(value: bytes, pulse: int | None) -> None:
    assert band_link._heart_rate(value) == pulse


@pytest.mark.parametrize(
    ("word", "number"),
    [(0x0061, 97), (0xF3CA, 97), (0xF3CF, 98), (0x07FF, None), (0x0800, None), (0x07FE, None), (0x1009, 90)],
)
def test_sfloats(word: int, number: int | None) -> None:
    assert band_link._sfloat(b"\0" + word.to_bytes(2, "little"), 1) == number


@pytest.mark.parametrize(
    ("advert", "found"),
    [
        (b"\x02\x01\x06\x03\x03\x0d\x18", True),
        (b"\x05\x02\x0a\x18\x22\x18", True),
        (b"\x03\x03\x0a\x18", False),
        (b"", False),
        (b"\x00", False),
        (b"\x1f\x03\x0d", False),
        (b"\x05\x09\x0d\x18\x22\x18", False),
    ],
)
def test_adverts(advert: bytes, found: bool) -> None:
    assert band_link._is_band(advert) is found
