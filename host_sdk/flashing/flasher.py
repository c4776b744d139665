"""The steps of an update: upload, test, health, confirmation; and what the slots hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite
from smpclient.requests.os_management import OSApplicationInfoRead
from smpclient.requests.statistics_management import GroupData

from ..errors import ConnectionLost
from .errors import AnotherDevice, FlashRefused, FlashReverted, NotSupported
from .image_file import ImageFile, version_order
from .managed import ManagedDevice
from .requests import LastBootRead

_POLL_S = 0.5
#: Exchanging two full slots takes 40 s.
_RESTART_S = 90.0
#: Links in a row that bring nothing of an image.
_MOST_VAIN = 20


@dataclass(frozen=True)
class SlotState:
    """What a slot holds, and what becomes of it."""

    slot: int
    version: str
    digest: bytes
    active: bool
    confirmed: bool
    pending: bool
    permanent: bool
    #: Whether it can be trusted, as far as the device knows.
    bootable: bool = True
    #: Why the bootloader refused it when it was last to start it; empty: it did not.
    refusal: str = ""


@dataclass(frozen=True)
class Health:
    """What a device says of itself: starts so far, a mask of the sensors that work, and how many of its do not."""

    boots: int
    sensors: int
    faults: int = 0

    def what_fails(self, before: Health | None) -> str | None:
        """Sensors that worked before and do not now; where that is not known, any fault at all. None: healthy."""
        if before is not None:
            lost = before.sensors & ~self.sensors
            return f"sensors fail under the new firmware (mask 0x{lost:x})" if lost else None
        if not self.sensors:
            return "no sensor works under the new firmware"
        return f"{self.faults} of the sensors fail under the new firmware" if self.faults else None


@dataclass(frozen=True)
class Identity:
    """What tells a device from others: its name, board, and serial number ("": it does not say)."""

    name: str
    board: str
    serial: str

    def is_another_than(self, other: Identity) -> bool:
        """Whether these are two devices; without serial numbers, by name."""
        if self.serial and other.serial:
            return self.serial != other.serial
        return self.name != other.name

    def __str__(self) -> str:
        return f"{self.name} ({f'serial number {self.serial}, ' if self.serial else ''}board {self.board})"


class Flasher:
    """Flashes one device. `say(event, facts)` is told of each step, and of the bytes of an upload.

    `patience_s` is how long a lost link may stay away, `trial_s` how long the new firmware is watched.
    """

    def __init__(
        self,
        device: ManagedDevice,
        say: Callable[[str, dict[str, Any]], None],
        patience_s: float = 60.0,
        trial_s: float = 5.0,
    ) -> None:
        self._device = device
        self._say = say
        self._patience_s = patience_s
        self._trial_s = trial_s
        self._identity: Identity | None = None

    async def identity(self) -> Identity:
        """Which device this is; the first answer is what a link that was lost is compared with."""
        if self._identity is None:
            self._identity = await self._read_identity()
        return self._identity

    async def states(self) -> list[SlotState]:
        """What the slots hold; FlashRefused where there are none."""
        try:
            found = (await self._request(ImageStatesRead())).images
        except NotSupported as error:
            raise FlashRefused("this device has no flash for updates") from error
        return [
            SlotState(
                state.slot,
                state.version,
                bytes(state.hash or b""),
                bool(state.active),
                bool(state.confirmed),
                bool(state.pending),
                bool(state.permanent),
                state.bootable is not False,
            )
            for state in found
        ]

    async def last(self) -> tuple[str, str]:
        """What the bootloader did last, and why it refused."""
        answer = await self._last()
        return str(answer.outcome), str(answer.refusal)

    async def judged_states(self) -> list[SlotState]:
        """`states` with what the bootloader refused; of firmware that does not say which, whatever waits in slot 1."""
        answer = await self._last()
        if answer.outcome != "refused":
            return await self.states()
        return [
            replace(state, refusal=str(answer.refusal))
            if not state.active and state.digest.startswith(bytes(answer.hash))
            else state
            for state in await self.states()
        ]

    async def _last(self) -> Any:
        return await self._request(LastBootRead(query="last"))

    async def flash(self, image: ImageFile, confirm: bool = True) -> None:
        """Have the device run `image`, confirmed, or in test only.

        One that runs in test already, because an earlier call was broken off, is watched as any other is.
        FlashRefused, FlashReverted, ConnectionLost, AnotherDevice; in each case a valid firmware runs.
        """
        device = await self.identity()
        active = await self._found_active()
        if active is None or active.digest != image.digest:
            self._check_fits(image, active, device)
            was_there = await self._bring(image)
            start = self._test if active else self._recover
            try:
                await start(image)
            except FlashRefused:
                # what was there may be damaged: firmware before 0.3.0 takes an upload that was broken off for whole
                if not was_there or await self._bring(image):
                    raise
                await start(image)
        else:
            self._say("runs already", {"version": active.version, "confirmed": active.confirmed})
            if not active.confirmed:
                await self._watch(image, None)
        if confirm:
            await self._confirm(image)
        elif active is None or active.digest != image.digest or not active.confirmed:
            self._say("left in test", {"version": image.version})

    async def revert(self) -> None:
        """Back to what ran before a test that is not confirmed; FlashRefused where there is none."""
        await self.identity()
        active = await self._active()
        if active.confirmed:
            raise FlashRefused(f"version {active.version} is confirmed: there is no test to revert")
        await self._restart(await self._health())
        now = await self._active()
        if now.digest == active.digest:
            raise FlashRefused(f"version {now.version} still runs: there is nothing to go back to")
        self._say("reverted", {"version": now.version})

    # ------------------------------------------------------------------ steps

    @staticmethod
    def _check_fits(image: ImageFile, active: SlotState | None, device: Identity) -> None:
        """FlashRefused, before a byte is sent, of what the device would refuse after all of them."""
        board = image.board.partition("/")[0]
        if board != device.board:
            raise FlashRefused(f"the image is made for {image.board or 'no board'}, this is {device.board}")
        if active and version_order(active.version) > image.order:
            raise FlashRefused(f"{image.version} is older than {active.version}, which runs")

    async def _bring(self, image: ImageFile) -> bool:
        """Have the image in slot 1; whether it was there already. FlashRefused where another one is to start next."""
        # a digest does not cover the signature: what the bootloader refused may come with another one
        if await self._is_in_slot_1(image) and (await self.last())[0] != "refused":
            self._say("is there already", {"version": image.version})
            return True
        marked = next((state for state in await self.states() if state.slot == 1 and state.pending), None)
        if marked is not None:
            raise FlashRefused(f"version {marked.version} in slot 1 is to start next: restart the device first")
        loop = asyncio.get_running_loop()
        began, first, most, vain = loop.time(), None, 0, 0
        while True:
            try:
                async for offset in self._device.upload(image.data):
                    first = offset if first is None else first
                    most, vain = max(most, offset), vain if offset <= most else 0
                    rate = (offset - first) / max(loop.time() - began, 1e-3)
                    self._say("progress", {"bytes": offset, "of": len(image.data), "bytes_per_s": round(rate)})
                break
            except ConnectionLost as error:
                vain += 1
                if vain == _MOST_VAIN:
                    raise ConnectionLost(f"lost {vain} times at {most} of {len(image.data)} bytes: {error}") from error
                self._say("link lost", {"why": str(error)})
                await self._reopen()
        if not await self._is_in_slot_1(image):
            raise FlashRefused("what arrived is not what was sent; nothing was changed")
        self._say("uploaded", {"bytes": len(image.data), "seconds": round(loop.time() - began, 1)})
        return False

    async def _is_in_slot_1(self, image: ImageFile) -> bool:
        return any(state.slot == 1 and state.digest == image.digest for state in await self.states())

    async def _test(self, image: ImageFile) -> None:
        """Start the image, and watch it."""
        before = await self._health()
        await self._request(ImageStatesWrite(hash=image.digest))
        self._say("restarting", {"version": image.version})
        await self._restart(before)
        active = await self._active()
        if active.digest != image.digest:
            outcome, refusal = await self.last()
            if outcome == "refused":
                raise FlashRefused(f"the bootloader refuses the image: {refusal}; version {active.version} runs on")
            raise FlashReverted(f"the new firmware did not come up ({outcome}); version {active.version} runs again")
        self._say("testing", {"version": image.version})
        await self._watch(image, before)

    async def _recover(self, image: ImageFile) -> None:
        """Start the image from the recovery console, and watch it."""
        await self._request(ImageStatesWrite(hash=image.digest))
        self._say("restarting", {"version": image.version})
        await self._device.restart()
        await self._until(self._found_active)
        active = await self._active()
        if active.digest != image.digest:
            outcome, refusal = await self.last()
            raise FlashRefused(f"the bootloader did not take the image: {outcome} {refusal}".rstrip())
        self._say("testing", {"version": image.version})
        await self._watch(image, None)

    async def _watch(self, image: ImageFile, before: Health | None) -> None:
        """Wait until the device is healthy for a while; FlashReverted where it does not become so.

        `before` None: nobody knows what worked before the test.
        """
        loop = asyncio.get_running_loop()
        now = began = await self._health()
        deadline = loop.time() + self._trial_s
        while loop.time() < deadline:
            await asyncio.sleep(_POLL_S)
            now = await self._health()
            if now.boots != began.boots:
                active = await self._active()
                raise FlashReverted(f"the new firmware was reset in its test; version {active.version} runs again")
        failure = now.what_fails(before)
        if failure is not None:
            await self._restart(now)
            active = await self._active()
            raise FlashReverted(f"{failure}; version {active.version} runs again")
        self._say("healthy", {"version": image.version})

    async def _confirm(self, image: ImageFile) -> None:
        active = await self._active()
        if active.digest != image.digest:
            raise FlashReverted(f"the new firmware was reset after its test; version {active.version} runs again")
        if not active.confirmed:
            # what runs: by its hash, an image that was reverted meanwhile would be asked for, for good
            await self._request(ImageStatesWrite(confirm=True))
            active = await self._active()
        if active.digest != image.digest or not active.confirmed:
            raise FlashRefused(f"version {image.version} is not confirmed")
        self._say("confirmed", {"version": image.version, "hash": image.digest.hex()})

    async def _found_active(self) -> SlotState | None:
        """What runs; None in the recovery console, where nothing does."""
        return next((state for state in await self.states() if state.active), None)

    async def _active(self) -> SlotState:
        active = await self._found_active()
        if active is None:
            raise FlashRefused("no firmware runs: the recovery console answers")
        return active

    async def _health(self) -> Health:
        counters = (await self._request(GroupData(name="device"))).fields
        return Health(counters.get("boots", 0), counters.get("sensors", 0), counters.get("faults", 0))

    async def _restart(self, before: Health) -> None:
        """Have the device start anew, and wait until it did; ConnectionLost where it does not come back."""
        await self._device.restart()

        async def is_anew() -> bool:
            return (await self._health()).boots != before.boots

        await self._until(is_anew)

    async def _until(self, is_so: Callable[[], Awaitable[object]]) -> None:
        """Wait until the restarted device says so; ConnectionLost where it does not."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _RESTART_S
        while loop.time() < deadline:
            await asyncio.sleep(_POLL_S)
            try:
                if await is_so():
                    return
            except (ConnectionLost, NotSupported):
                continue  # the slots are being exchanged, or the bootloader's console answers still
        raise ConnectionLost(f"the device did not start anew within {_RESTART_S:g} s")

    async def _request(self, request: Any) -> Any:
        """The response, also if the link has to be opened anew for it."""
        try:
            return await self._device.request(request)
        except ConnectionLost:
            await self._reopen()
            return await self._device.request(request)

    async def _reopen(self) -> None:
        """Open the link anew; AnotherDevice where another one is behind it now."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience_s
        while True:
            await self._device.reopen(max(0.0, deadline - loop.time()))
            try:
                return await self._check_identity()
            except ConnectionLost:
                if loop.time() > deadline:
                    raise

    async def _check_identity(self) -> None:
        if self._identity is None:
            return
        now = await self._read_identity()
        if now.is_another_than(self._identity):
            raise AnotherDevice(f"another device is there now: {now}, not {self._identity}; nothing was done to it")

    async def _read_identity(self) -> Identity:
        """As the device has it now; a firmware that does not know of serial numbers refuses the letter for them."""
        try:
            serial = await self._information("h")
        except FlashRefused:
            serial = ""
        return Identity(await self._information("n"), await self._information("i"), serial)

    async def _information(self, letter: str) -> str:
        return str((await self._device.request(OSApplicationInfoRead(format=letter))).output)
