"""Management of a device: what its groups need of it, whatever link asks."""

from micropython import const

from .. import wire_gen as wire
from ..flash_regions import SLOT_A_AT, SLOT_B_AT, SLOT_BYTES
from ..services.boot_notes import has_bootloader, last_note, request_recovery
from ..services.image_slot import ImageSlot
from ..services.smp.errors import ENOENT, SmpError
from ..services.smp.file_group import FileGroup
from ..services.smp.image_group import ImageGroup
from ..services.smp.os_group import OsGroup
from ..services.smp.server import ENUMERATION, Group, SmpServer, field
from ..services.smp.settings_group import SettingsGroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..boards.reference import Board
    from ..clock import DeviceClock
    from ..drivers.nor_flash import NorFlash
    from ..identity import Identity
    from ..services.log.recorder import LogRecorder
    from ..services.session import Session
    from ..settings import Settings
    from ..vitals import Vitals

    class Managed(Protocol):
        """What management needs of `roles.device.Device`."""

        board: Board
        identity: Identity
        clock: DeviceClock
        settings: Settings
        settings_are_kept: bool
        vitals: Vitals
        sessions: list[Session]
        log: LogRecorder
        boots: int
        busy_ms: int
        heap_least: int
        cpu_permille: "int | None"

        def now_us(self) -> int:
            """Device time."""
            ...

        def overruns(self) -> int:
            """Samples lost on their way from the sensors."""
            ...

        def sensors(self) -> int:
            """Mask of the streams whose sensor works."""
            ...

        def faults(self) -> int:
            """How many sensors do not work."""
            ...

        def apply_settings(self) -> None:
            """Have every chain work by the settings as they are now."""


_READY = const(2)  # state of a thread that runs, or will
_STATISTICS = const(2)
_INVALID_NAME = const(3)
_BASIC = const(63)
_OWN = const(100)


class Management:
    """Makes the command core of a device and is the host of its groups; `poll` it now and then."""

    def __init__(self, device: "Managed") -> None:
        self._device = device
        self.identity = device.identity
        self.clock = device.clock
        self.board_name = device.board.name
        self.processor = device.board.processor
        self._reset_ms = [0]
        self.server = server = SmpServer()
        now_ms = self._now_ms
        self._flash = self._flash_with_bootloader()
        server.add(OsGroup(self, server, self._booted if self._flash else None))
        if self._flash:
            slots = (ImageSlot(self._flash, SLOT_A_AT, SLOT_BYTES), ImageSlot(self._flash, SLOT_B_AT, SLOT_BYTES))
            server.add(ImageGroup(slots, server, now_ms, self._charge, device.board.sha256))
        server.add(Group(_STATISTICS, "stat mgmt", (0, "_read_counters", None, 1, "_list_counters", None), self))
        settings = SettingsGroup(device.settings, wire.SETTINGS, wire.SETTING_NAMES, device.apply_settings)
        server.add(settings)
        files = device.board.flash_storage
        self._files: "FileGroup | None" = None
        if files and device.board.storage is files:
            self._files = FileGroup(files, server, now_ms, device.board.sha256)
            server.add(self._files)
        server.add(Group(*ENUMERATION, server))
        server.add(Group(_BASIC, "zephyr basic mgmt", (0, None, "erase"), settings))
        server.add(Group(_OWN, "vitalband", (0, "_readings", None), self))

    def _flash_with_bootloader(self) -> "NorFlash | None":
        """The chip with the images, where a bootloader starts them."""
        board = self._device.board
        if board.flash and board.sha256 is not None and has_bootloader(board.flash):
            return board.flash
        return None

    def _booted(self) -> "tuple[str, str, bytes]":
        """What the bootloader did last, why it refused, and with which image."""
        assert self._flash
        return last_note(self._flash)

    def request_recovery(self) -> None:
        """Have the next start end in the bootloader's console; OSError of a chip that fails."""
        assert self._flash
        request_recovery(self._flash)

    def _now_ms(self) -> int:
        return self._device.now_us() // 1000

    def _charge(self) -> "int | None":
        """The battery's, permille; None before it was measured."""
        return self._device.vitals.value(wire.READING_KIND_BATTERY)

    def heap(self) -> "tuple[int, int, int]":
        """(bytes in all, free now, least free so far); least as it was measured every ten seconds."""
        board = self._device.board
        free = board.heap_free()
        return free + board.heap_used(), free, min(free, self._device.heap_least)

    def tasks(self) -> "dict[str, dict[str, int]]":
        """The one loop there is, and its ms of work."""
        return {"step": {"prio": 0, "tid": 0, "state": _READY, "runtime": self._device.busy_ms}}

    def reset_in(self, ms: int) -> None:
        """Start anew in so many ms, when the answer is out."""
        self._reset_ms[0] = self._device.now_us() // 1000 + ms

    def poll(self, now_us: int) -> None:
        """Start anew when it is time; the device calls it twice a second."""
        if self._files:
            self._files.poll()
        due = self._reset_ms[0]
        if due and now_us // 1000 >= due:
            self._device.log.close(now_us)
            self._device.board.reset()

    def lose_chip(self) -> None:
        """The flash chip does not answer any more."""
        if self._files:
            self._files.on_failed()

    # ------------------------------------------------------------------ group 100, this device's own

    def _readings(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        """Of each kind that was measured: its number, the value as on the wire or null, quality, reason, age in ms."""
        vitals = self._device.vitals
        now_ms = self._now_ms()
        found = []
        for kind in range(len(wire.READING_SLOTS)):
            if not wire.READING_SLOTS[kind] and kind != wire.READING_KIND_HEART_RATE:
                continue
            tick_us = vitals.tick_us(kind)
            if tick_us:
                age_ms = max(now_ms - tick_us // 1000, 0)
                found.append((kind, vitals.value(kind), vitals.quality(kind), vitals.reason(kind), age_ms))
        return {"readings": found}

    # ------------------------------------------------------------------ group 2, statistics: counters by name

    def _list_counters(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        return {"stat_list": ["device", "links", "flash", "log"]}

    def _read_counters(self, request: "dict[Any, Any]") -> "dict[str, Any]":
        name = field(request, "name", str)
        return {"name": name, "fields": self._counters(name)}

    def _counters(self, name: str) -> "dict[str, int]":
        device = self._device
        if name == "device":
            counters = {
                "boots": device.boots,
                "overruns": device.overruns(),
                "sensors": device.sensors(),
                "faults": device.faults(),
            }
            if device.cpu_permille is not None:
                counters["cpu_permille"] = device.cpu_permille
        elif name == "flash":  # 0 bytes where no chip answers
            flash = device.board.flash
            counters = {}
            if self._files and flash and flash.size:
                try:
                    counters["files"], counters["files_free"] = self._files.usage()
                except OSError:
                    if flash.size:
                        raise
            counters["bytes"] = flash.size if flash else 0
            counters["settings_kept"] = int(device.settings_are_kept and (flash is None or flash.size > 0))
        elif name == "log":
            log = device.log
            counters = {
                "state": log.state,
                "dropped": log.store.dropped(),
                "lost_frames": log.lost_frames(),
                "bad_sectors": log.store.bad_sectors,
            }
        elif name == "links":  # all together
            bad = dropped = 0
            for session in device.sessions:
                bad += session.link.bad_frames
                dropped += session.dropped_blocks
            counters = {"bad_frames": bad, "dropped_blocks": dropped, "bad_smp_frames": self.server.bad_frames()}
        else:
            raise SmpError(ENOENT, None, _STATISTICS, _INVALID_NAME)
        return counters
