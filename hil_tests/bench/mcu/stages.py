"""The stages that instructions are counted for, and the methods that each consists of.

A stage counts what its methods execute without what other stages' methods within them do.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module

_HOST_PACKAGE = "firmware_sim."


@dataclass(frozen=True)
class Stage:
    """One stage: `module:Class.method` or `module:function`, each."""

    name: str
    methods: tuple[str, ...]


STAGES = (
    Stage("ECG sensor", ("drivers.ads1292r:Ads1292r._take_frame", "drivers.ads1292r:Ads1292r.read")),
    Stage("PPG sensor", ("drivers.max30102:Max30102.read",)),
    Stage("motion sensor", ("drivers.lsm6dso:Lsm6dso.read",)),
    Stage("sample blocks", ("chains.blocks:BlockWriter.add",)),
    Stage("ECG filters", ("dsp.ecg.filters:Conditioner.block", "dsp.ecg.filters:QrsFilter.block")),
    Stage("ECG pipeline", ("dsp.ecg.pipeline:EcgPipeline.push",)),
    Stage(
        "QRS detection",
        ("dsp.ecg.qrs_peaks:PeakFinder.block", "dsp.ecg.qrs:QrsDetector.decide", "dsp.ecg.r_locator:RLocator.locate"),
    ),
    Stage("pacing spikes", ("dsp.ecg.pacing:Pacing.clean", "dsp.ecg.pacing:Pacing.judge")),
    Stage("QRS verification", ("dsp.ecg.qrs_verifier:QrsVerifier.step",)),
    Stage("delineation", tuple(f"dsp.ecg.beat_maker:BeatMaker.{name}" for name in ("begin", "run_slice", "finish"))),
    Stage("beat features", tuple(f"dsp.ecg.beat_maker:BeatMaker.{name}" for name in ("_write_features", "_classify"))),
    Stage("beat_kind network", ("networks.beat_kind:BeatKindNetwork.classify",)),
    Stage("ECG windows", tuple(f"dsp.ecg.window:WindowMaker.{name}" for name in ("observe", "advance", "add"))),
    Stage("PPG", ("dsp.ppg.pipeline:PpgPipeline.push",)),
    Stage("motion", ("dsp.imu.pipeline:ImuPipeline.push",)),
    Stage(
        "readings",
        tuple(f"chains.publisher:Publisher.{name}" for name in ("reading", "window", "beat", "ecg_window", "event")),
    ),
    Stage("serial link", ("services.serial.demultiplexer:Demultiplexer.poll", "services.serial.link:SerialLink.send")),
    Stage(
        "BLE",
        (
            *(f"services.ble.irq:Radio.{name}" for name in ("poll", "_irq")),
            "services.ble.link:BleLink.send",
            *(f"services.ble.peripheral:BlePeripheral.{name}" for name in ("poll", "_irq", "report")),
        ),
    ),
    Stage("sessions", ("services.session:Session.poll", "services.session:Session.every_second")),
)
#: What recording to the flash takes, counted while it records (`--log`): samples into codes, frames into chunks, chunks
#: onto the flash with their reading back, and the rest of it.
LOG_STAGES = (
    Stage("log: compression", ("services.log.packing:compress",)),
    Stage("log: packing", ("services.log.packing:FramePacker.add",)),
    Stage("log: flash", tuple(f"services.log.store:LogStore.{name}" for name in ("append", "poll"))),
    Stage("log: recorder", ("services.log.recorder:LogRecorder.poll",)),
)
#: Stage 0, whatever none of the above covers: the main loop, the bus objects, waiting.
REST = "rest"
COLLECTOR = "garbage collector"
#: From the ECG's sensor to its intervals and rhythm; publishing and links are shared with the others.
ECG_PATH = (
    "ECG sensor",
    "ECG filters",
    "ECG pipeline",
    "QRS detection",
    "pacing spikes",
    "QRS verification",
    "delineation",
    "beat features",
    "beat_kind network",
    "ECG windows",
)


def wrapped_methods(stages: tuple[Stage, ...] = STAGES) -> list[tuple[int, str, str, int]]:
    """(number of the stage, module on the board, method, count of its arguments or 0) of every method."""
    found = []
    for number, stage in enumerate(stages, 1):
        for method in stage.methods:
            module, _, path = method.partition(":")
            found.append((number, f"firmware.{module}", path, _arguments(module, path)))
    return found


def _arguments(module: str, path: str) -> int:
    """How many arguments a method takes, itself included; 0 where that varies.

    AttributeError where the firmware has no such method.
    """
    thing: object = import_module(f"{_HOST_PACKAGE}firmware.{module}")
    for name in path.split("."):
        thing = getattr(thing, name)
    assert callable(thing)
    parameters = inspect.signature(thing).parameters.values()
    return len(parameters) if all(p.default is p.empty for p in parameters) else 0
