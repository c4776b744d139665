"""Starts the wearable. A stock board's own `main.py` says `from firmware.main import run; run("rp2350")`."""

import gc
import sys

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Modules that are imported one after the other, what is needed first: an import within an import within an import takes
# more of the C stack than small boards have.
_BAND = (
    "wire_gen",
    "dsp.fixed",
    "dsp.ecg.filters",
    "dsp.ecg.uncertain_span",
    "dsp.ecg.pending_beats",
    "dsp.ecg.r_locator",
    "dsp.ecg.qrs_verifier",
    "dsp.result",
    "dsp.breath_series",
    "dsp.ecg.delineation",
    "dsp.ecg.template",
    "dsp.ecg.beat_features",
    "dsp.ecg.rr_history",
    "dsp.ecg.beat_maker",
    "dsp.ecg.quality",
    "dsp.ecg.regularity",
    "dsp.ecg.alternans",
    "dsp.ecg.window_statistics",
    "dsp.ecg.window_findings",
    "dsp.ecg.window",
    "dsp.ecg.flutter_rhythm",
    "dsp.ecg.conduction",
    "dsp.ecg.pipeline",
    "dsp.ppg.motion_tracker",
    "dsp.ppg.respiration",
    "dsp.ppg.pulse_intervals",
    "dsp.ppg.pulse",
    "dsp.ppg.pulse_history",
    "dsp.ppg.pulse_rhythm",
    "dsp.ppg.pipeline",
    "dsp.wear",
    "dsp.imu.pipeline",
    "services.smp.server",
    "services.ble.peripheral",
    "services.serial.link",
    "services.log.store",
    "services.log.recorder",
    "services.requests.table",
    "services.smp.os_group",
    "services.smp.image_group",
    "roles.management",
    "roles.device",
    "roles.band",
)
_HELMET = (
    "wire_gen",
    "dsp.fixed",
    "dsp.result",
    "dsp.breath_series",
    "dsp.imu.pipeline",
    "services.smp.server",
    "services.ble.peripheral",
    "services.serial.link",
    "services.log.store",
    "services.log.recorder",
    "services.requests.table",
    "services.smp.os_group",
    "services.smp.image_group",
    "roles.management",
    "roles.device",
    "drivers.gnss.receiver",
    "drivers.modem.modem",
    "services.alarm.message",
    "services.alarm.msd_message",
    "services.alarm.escalation",
    "services.alarm.sms_encoder",
    "chains.imu_chain",
    "roles.alarm_owner",
    "roles.helmet",
)
#: Names from which on a table is made anew only where at least half of them are dropped.
_LARGE = 40
#: What each class has in its own table and nobody asks for; the first is the table, by its frozen source.
_OF_CLASS = ("_names", "__module__", "__qualname__")
#: Bytes of garbage after which it is collected while a device is made.
_GARBAGE = const(2048)
#: By role: the module whose `load_all` gives the networks that it needs (None: it needs none), which are loaded first
#: because they need most memory in one piece, and the modules to import before it is made. `roles/ROLE.py` calls it
#: `ROLE`, made as `ROLE(board, networks)`.
ROLES: "dict[str, tuple[str | None, tuple[str, ...]]]" = {
    "band": ("networks.loading", _BAND),
    "helmet": (None, _HELMET),
}


def run(board: str = "reference", role: str = "band") -> None:
    """Step a device of `roles/ROLE.py` on `boards/BOARD.py` for ever; only an exception or a reset ends it.

    KeyError where there is no such role, ImportError where there is no such board.
    """
    package = __name__.rpartition(".")[0] + "."
    loading, modules = ROLES[role]
    networks = _member(package + loading, "load_all")() if loading else None
    gc.collect()
    for name in modules:
        __import__(package + name)
        gc.collect()  # what stays must not lie scattered among what importing left behind: large buffers come next
    # the same for what a device is made of: it is small and stays
    _collect_after(_GARBAGE)
    hardware = _member(package + "boards." + board, "Board")()
    gc.collect()
    device = _member(package + "roles." + role, "ROLE")(hardware, networks)
    _forget_modules(package)
    _collect_after(-1)
    gc.collect()
    now_us = hardware.now_us
    due = now_us()
    while True:
        hardware.idle(due - now_us())
        due = device.step(now_us())


def _collect_after(garbage: int) -> None:
    """Collect after so many bytes of garbage, -1: where memory is full; CPython goes by itself."""
    if sys.implementation.name == "micropython":
        gc.threshold(garbage)  # type: ignore[attr-defined]


def _forget_modules(package: str) -> None:
    """Forget all modules of `package`, for none is imported any more: frees the tables of names that importing needs.

    Other modules stay. On CPython, where programs share modules, nothing happens.
    """
    if sys.implementation.name == "micropython":
        others = {}
        for name, module in sys.modules.items():
            if (name + ".").startswith(package):
                _shrink(module.__dict__)
            else:
                others[name] = module
        # a table shrinks only when it is made anew
        sys.modules.clear()
        sys.modules.update(others)


def _shrink(names: "dict[str, Any]") -> None:
    """Drop the names of a module, and of its classes, that nothing wants, which images/frozen_source.py has found."""
    before = len(names)
    drop_unused = names.get("_drop_unused")
    for table in drop_unused() or () if drop_unused else ():
        for name in _OF_CLASS:
            table.pop(name, None)
        _make_anew(table)
    names.pop("__file__", None)
    if len(names) > _LARGE and len(names) * 2 > before:
        return  # what the table leaves has no room for it beside the last smaller one, and there may be no other
    _make_anew(names)


def _make_anew(names: "dict[str, Any]") -> None:
    """Let a table be as small as what is in it, to which it does not shrink by itself."""
    wanted = dict(names)
    names.clear()
    names.update(wanted)


def _member(module: str, name: str) -> "Any":
    """Something in a module."""
    return getattr(__import__(module, None, None, (name,)), name)
