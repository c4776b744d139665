"""Commands that a reconnecting client keeps, where the link goes while they are given."""

from __future__ import annotations

from typing import Any

import pytest

from host_sdk.errors import ConnectionLost, WrongUse
from host_sdk.kept_commands import KeptCommands


async def test_a_command_in_whose_midst_the_link_goes_waits_for_the_next_one() -> None:
    kept = KeptCommands()
    given: list[Any] = []

    async def command(client: Any) -> None:
        given.append(client)
        if client == "dying":
            raise ConnectionLost("gone")

    await kept.give("subscribe", command, "dying")  # type: ignore[arg-type]
    await kept.repeat("next")  # type: ignore[arg-type]
    assert given == ["dying", "next"]


async def test_a_command_that_is_wrong_is_raised_and_not_kept() -> None:
    kept = KeptCommands()
    given: list[Any] = []

    async def command(client: Any) -> None:
        given.append(client)
        raise WrongUse("no such stream")

    with pytest.raises(WrongUse):
        await kept.give("subscribe", command, "up")  # type: ignore[arg-type]
    await kept.repeat("next")  # type: ignore[arg-type]
    assert given == ["up"]
