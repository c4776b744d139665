"""What ends a command that stays with a device."""

from __future__ import annotations

import asyncio

import pytest

from host_sdk.attach import AttachOptions, attach
from host_sdk.client import Client
from host_sdk.errors import InternalError, RecordingError
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
