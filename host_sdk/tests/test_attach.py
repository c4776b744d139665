"""What ends a command that stays with a device."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from host_sdk import ReconnectingClient, connect
from host_sdk.attach import AttachOptions, attach
from host_sdk.client import Client
from host_sdk.errors import AddressError, ConnectError, InternalError, RecordingError
from host_sdk.models import Beat, Item

from .fake_device import beat
from .test_serial import Cable, cable  # noqa: F401 - a fixture


@pytest.mark.parametrize(
    ("raised", "got"), [(ValueError("no"), InternalError), (RecordingError("full"), RecordingError)]
)
async def test_what_cannot_be_taken_ends_it_on_a_link_that_is_taken_up_again(
    cable: Cable,  # noqa: F811
    raised: Exception,
    got: type[Exception],
) -> None:
    cable.attach()
    taken: list[Item] = []

    def on_item(item: Item) -> None:
        taken.append(item)
        if isinstance(item, Beat):
            raise raised

    def begin(_client: Client) -> None:
        asyncio.get_running_loop().call_later(0.1, cable.device.say, beat(1, 200), beat(2, 400))

    options = AttachOptions(on_item, begin, on_trouble=pytest.fail)
    with pytest.raises(got, match=str(raised)):
        await asyncio.wait_for(attach(f"serial:{cable.path}", options), 10)
    assert [item.number for item in taken if isinstance(item, Beat)] == [1]


async def plugged_in(path: Path, cable: Cable, after_s: float) -> None:  # noqa: F811
    await asyncio.sleep(after_s)
    cable.attach()
    os.symlink(cable.path, path)


async def test_a_device_that_is_not_there_yet_is_waited_for(cable: Cable, tmp_path: Path) -> None:  # noqa: F811
    port = tmp_path / "port"
    taken: list[Item] = []
    troubles: list[str] = []

    def begin(_client: Client) -> None:
        asyncio.get_running_loop().call_later(0.1, cable.device.say, beat(1, 200))

    options = AttachOptions(taken.append, begin, troubles.append, duration_s=0.5, wait_s=20)
    later = asyncio.ensure_future(plugged_in(port, cable, 0.7))
    await asyncio.wait_for(attach(f"serial:{port}", options), 20)
    await later
    assert [item.number for item in taken if isinstance(item, Beat)] == [1]
    assert troubles
    assert all("No such file or directory; trying again" in text for text in troubles)


async def test_one_that_does_not_come_is_waited_for_no_longer_than_wanted(tmp_path: Path) -> None:
    troubles: list[str] = []
    options = AttachOptions(lambda _: None, lambda _: None, troubles.append, wait_s=0.6)
    with pytest.raises(ConnectError, match=r"No such file or directory; waited for 0\.6 s$"):
        await asyncio.wait_for(attach(f"serial:{tmp_path}/port", options), 10)
    # the same again is not said again
    assert [text.partition(": ")[2] for text in troubles] == ["No such file or directory; trying again for up to 1 s"]
    options.wait_s = 0.0
    with pytest.raises(ConnectError, match=r"No such file or directory$"):
        await asyncio.wait_for(attach(f"serial:{tmp_path}/port", options), 10)
    assert len(troubles) == 1


@pytest.mark.parametrize("reconnect", [False, True])
async def test_connect_waits_for_a_device(cable: Cable, tmp_path: Path, reconnect: bool) -> None:  # noqa: F811
    port = tmp_path / "port"

    async def connected(wait_s: float) -> str:
        if reconnect:
            async with connect(f"serial:{port}", reconnect=True, wait_s=wait_s) as keeper:
                return keeper.info.model
        async with connect(f"serial:{port}", wait_s=wait_s) as client:
            return client.info.model

    for wait_s in (0.0, 0.6):
        with pytest.raises(ConnectError, match="No such file or directory"):
            await asyncio.wait_for(connected(wait_s), 10)
    with pytest.raises(AddressError):
        await asyncio.wait_for(connected_to_nowhere(), 1)
    later = asyncio.ensure_future(plugged_in(port, cable, 0.7))
    assert await asyncio.wait_for(connected(20), 20) == "fake"
    await later


@pytest.mark.parametrize("kind", [Client, ReconnectingClient])
async def test_a_client_of_an_address_connects_in_its_with(
    cable: Cable,  # noqa: F811
    kind: type[Client] | type[ReconnectingClient],
) -> None:
    cable.attach()
    address = f"serial:{cable.path}"
    async with kind(address) as client:
        assert client.info.model == "fake"
    async with await kind.open(address) as client:  # connected already
        await client.subscribe("ecg")
    with pytest.raises(AddressError):
        kind("nowhere")
    with pytest.raises(ConnectError, match="no-such"):
        await asyncio.wait_for(kind("serial:/dev/no-such-port").__aenter__(), 10)


async def connected_to_nowhere() -> None:
    """What will not come into being is not waited for."""
    async with connect("nowhere", wait_s=20):
        raise AssertionError
