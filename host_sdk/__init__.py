"""The host's side of vitalband: `connect(address)` and what its client hands out.

What it offers is imported when it is first asked for: a command line is there before the SDK is loaded.
"""

from importlib import import_module

TYPE_CHECKING = False  # `typing` would take its time
if TYPE_CHECKING:
    from . import blocking, replay
    from . import virtual_radio as virtual_radio
    from .alarm import AlarmControl
    from .backoff import Backoff
    from .band_alarm import BandAlarm
    from .client import Client
    from .connecting import connect
    from .connection_state import State
    from .desaturation import Desaturation, DesaturationDetector, desaturations
    from .errors import (
        AddressError,
        ChannelNotFound,
        ConnectError,
        ConnectionLost,
        InternalError,
        LogError,
        MissingExtra,
        ProtocolError,
        RecordError,
        RecordFormatError,
        RecordingError,
        RecordNotFound,
        RequestRefused,
        ResponseTimeout,
        SimulatorError,
        StreamNotFound,
        VitalbandError,
        WrongUse,
        WrongVersion,
    )
    from .json_items import item_object
    from .models import (
        Alarm,
        Beat,
        DeviceInfo,
        Event,
        Gap,
        Item,
        LinkError,
        LinkErrorKind,
        Listener,
        Reading,
        Rhythm,
        SampleBlock,
        Status,
        StreamSpec,
    )
    from .reconnect import ReconnectingClient
    from .recording.metadata import Metadata
    from .recording.recorder import Recorder
    from .recording.recovery import recover_recording
    from .recording.timed import record
    from .state import DeviceState
    from .timeline import ClockEstimate, SequenceCheck, StreamTimeline
    from .transports.address import Address, parse_address
    from .transports.base import LinkCounters, Transport
    from .transports.ble import DiscoveredDevice, scan
    from .transports.opening import make_transport
    from .transports.serial import SerialPort, serial_ports
    from .wire_gen import (
        UNIT_SYMBOLS,
        Activity,
        AlarmAction,
        AlarmCause,
        AlarmKind,
        AlarmProfile,
        AlarmReason,
        AlarmState,
        AlarmWarning,
        BandState,
        BeatKind,
        Calibration,
        Error,
        EventKind,
        LogMode,
        LogState,
        ModemState,
        PositionState,
        Posture,
        ReadingKind,
        Reason,
        Results,
        RhythmFlags,
        Sex,
        Stream,
        Unit,
        Wear,
    )

    __version__: str

__all__ = [
    "UNIT_SYMBOLS",
    "Activity",
    "Address",
    "AddressError",
    "Alarm",
    "AlarmAction",
    "AlarmCause",
    "AlarmControl",
    "AlarmKind",
    "AlarmProfile",
    "AlarmReason",
    "AlarmState",
    "AlarmWarning",
    "Backoff",
    "BandAlarm",
    "BandState",
    "Beat",
    "BeatKind",
    "Calibration",
    "ChannelNotFound",
    "Client",
    "ClockEstimate",
    "ConnectError",
    "ConnectionLost",
    "Desaturation",
    "DesaturationDetector",
    "DeviceInfo",
    "DeviceState",
    "DiscoveredDevice",
    "Error",
    "Event",
    "EventKind",
    "Gap",
    "InternalError",
    "Item",
    "LinkCounters",
    "LinkError",
    "LinkErrorKind",
    "Listener",
    "LogError",
    "LogMode",
    "LogState",
    "Metadata",
    "MissingExtra",
    "ModemState",
    "PositionState",
    "Posture",
    "ProtocolError",
    "Reading",
    "ReadingKind",
    "Reason",
    "ReconnectingClient",
    "RecordError",
    "RecordFormatError",
    "RecordNotFound",
    "Recorder",
    "RecordingError",
    "RequestRefused",
    "ResponseTimeout",
    "Results",
    "Rhythm",
    "RhythmFlags",
    "SampleBlock",
    "SequenceCheck",
    "SerialPort",
    "Sex",
    "SimulatorError",
    "State",
    "Status",
    "Stream",
    "StreamNotFound",
    "StreamSpec",
    "StreamTimeline",
    "Transport",
    "Unit",
    "VitalbandError",
    "Wear",
    "WrongUse",
    "WrongVersion",
    "__version__",
    "blocking",
    "connect",
    "desaturations",
    "item_object",
    "make_transport",
    "parse_address",
    "record",
    "recover_recording",
    "replay",
    "scan",
    "serial_ports",
]

#: Modules of their own; the last one needs an extra, so that `import *` leaves it out.
_MODULES = ("blocking", "replay", "virtual_radio")
#: Names of each module.
_NAMES = {
    "alarm": "AlarmControl",
    "backoff": "Backoff",
    "band_alarm": "BandAlarm",
    "client": "Client",
    "connecting": "connect",
    "connection_state": "State",
    "desaturation": "Desaturation DesaturationDetector desaturations",
    "errors": (
        "AddressError ChannelNotFound ConnectError ConnectionLost InternalError LogError MissingExtra "
        "ProtocolError RecordError RecordFormatError RecordNotFound RecordingError RequestRefused ResponseTimeout "
        "SimulatorError StreamNotFound VitalbandError WrongUse WrongVersion"
    ),
    "json_items": "item_object",
    "models": (
        "Alarm Beat DeviceInfo Event Gap Item LinkError LinkErrorKind Listener Reading Rhythm SampleBlock Status "
        "StreamSpec"
    ),
    "reconnect": "ReconnectingClient",
    "recording.metadata": "Metadata",
    "recording.recorder": "Recorder",
    "recording.recovery": "recover_recording",
    "recording.timed": "record",
    "state": "DeviceState",
    "timeline": "ClockEstimate SequenceCheck StreamTimeline",
    "transports.address": "Address parse_address",
    "transports.base": "LinkCounters Transport",
    "transports.ble": "DiscoveredDevice scan",
    "transports.opening": "make_transport",
    "transports.serial": "SerialPort serial_ports",
    "wire_gen": (
        "UNIT_SYMBOLS Activity AlarmAction AlarmCause AlarmKind AlarmProfile AlarmReason AlarmState AlarmWarning "
        "BandState BeatKind Calibration Error EventKind LogMode LogState ModemState PositionState Posture "
        "ReadingKind Reason Results RhythmFlags Sex Stream Unit Wear"
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # where every name above is known, and no other

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version  # takes its time

            return version("vitalband")
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
