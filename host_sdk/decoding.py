"""From the wire's messages to the models: scaling, absolute indices, sample blocks."""

from __future__ import annotations

import numpy as np

from . import wire_gen as wire
from .errors import ProtocolError
from .models import (
    Beat,
    DeviceInfo,
    Event,
    IntArray,
    Item,
    Reading,
    Rhythm,
    SampleBlock,
    Status,
    StreamSpec,
    streams_of,
)


def device_info(message: wire.Info) -> DeviceInfo:
    """Info as the SDK hands it out."""
    return DeviceInfo(
        model=message.model,
        serial_number=message.serial_number,
        firmware=message.firmware,
        protocol=message.protocol,
        boot_id=message.boot_id,
        sensors=streams_of(message.sensors),
    )


def stream_spec(message: wire.StreamInfo) -> StreamSpec:
    """A stream's layout; raises ProtocolError for one that cannot be decoded."""
    name = message.stream.name.lower()
    if message.sample_bytes not in (2, 3) or message.channels == 0 or 0 in (message.rate_mhz, message.lsb_nano):
        raise ProtocolError(
            f"stream {name}: impossible layout ({message.channels} channels of {message.sample_bytes} bytes "
            f"at {message.rate_mhz} mHz)"
        )
    names = wire.STREAMS[message.stream].channels
    if len(names) != message.channels:
        names = tuple(f"{name.upper()}_{n}" for n in range(message.channels))
    return StreamSpec(
        stream=message.stream,
        channels=names,
        sample_bytes=message.sample_bytes,
        unit=message.unit,
        rate_hz=message.rate_mhz / 1000,
        lsb=message.lsb_nano * 1e-9,
    )


def sample_counts(data: bytes, spec: StreamSpec) -> IntArray:
    """Counts of shape (samples, channels); raises ProtocolError when the bytes are not whole samples."""
    width = spec.sample_bytes * len(spec.channels)
    if not data or len(data) % width:
        name = spec.stream.name.lower()
        raise ProtocolError(f"samples of {name}: {len(data)} bytes are not whole samples of {width}")
    if spec.sample_bytes == 2:
        counts = np.frombuffer(data, dtype="<i2").astype(np.int32)
    else:
        raw = np.zeros((len(data) // 3, 4), dtype=np.uint8)
        raw[:, 1:] = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        # The 24 bits sit at the top of 32: the shift brings them down with their sign.
        counts = raw.view("<i4").ravel().astype(np.int32) >> 8
    return counts.reshape(-1, len(spec.channels))


def sample_block(message: wire.Samples, spec: StreamSpec) -> SampleBlock:
    """A block of samples; raises ProtocolError when its bytes do not fit the stream."""
    return SampleBlock(
        spec=spec,
        seq=message.seq,
        first_index=message.first_index,
        tick_us=message.tick_us,
        no_contact=wire.BlockStatus.NO_CONTACT in message.status,
        saturated=wire.BlockStatus.SATURATED in message.status,
        counts=sample_counts(message.data, spec),
    )


def beat(message: wire.Beat) -> Beat:
    """A beat with absolute sample indices."""

    def absolute(offset: int | None) -> int | None:
        return None if offset is None else message.r_index + offset

    return Beat(
        number=message.number,
        tick_us=message.tick_us,
        kind=message.kind,
        quality=message.quality,
        rr_ms=message.rr_ms,
        r=message.r_index,
        p_on=absolute(message.p_on),
        p_peak=absolute(message.p_peak),
        p_off=absolute(message.p_off),
        qrs_on=absolute(message.qrs_on),
        qrs_off=absolute(message.qrs_off),
        t_on=absolute(message.t_on),
        t_peak=absolute(message.t_peak),
        t_off=absolute(message.t_off),
    )


def reading(message: wire.Reading) -> Reading:
    """A reading in its unit."""
    scale = wire.READINGS[message.kind].scale
    return Reading(
        kind=message.kind,
        unit=message.unit,
        tick_us=message.tick_us,
        span_ms=message.span_ms,
        quality=message.quality,
        value=None if message.value is None else message.value / scale,
        reason=message.reason,
    )


def _rhythm(message: wire.Rhythm) -> Rhythm:
    return Rhythm(
        tick_us=message.tick_us,
        span_ms=message.span_ms,
        flags=message.flags,
        beats=message.beats,
        quality=message.quality,
        reason=message.reason,
        irregularity=message.irregularity,
        alternans_uv=message.alternans_uv,
    )


def _event(message: wire.Event) -> Event:
    return Event(message.number, message.tick_us, message.kind, message.severity, message.peak_mg / 1000)


def _status(message: wire.Status) -> Status:
    return Status(
        tick_us=message.tick_us,
        sensors=streams_of(message.sensors),
        battery_percent=None if message.battery_permille is None else message.battery_permille / 10,
        battery_v=None if message.battery_mv is None else message.battery_mv / 1000,
        heap_free=message.heap_free,
        cpu_percent=None if message.cpu_permille is None else message.cpu_permille / 10,
        backlog_ms=message.backlog_ms,
        dropped_blocks=message.dropped_blocks,
        overruns=message.overruns,
    )


def result(message: wire.AnyMessage) -> Item | None:
    """Model of a message that stands for itself; None for the others (answers, samples)."""
    if isinstance(message, wire.Beat):
        return beat(message)
    if isinstance(message, wire.Reading):
        return reading(message)
    if isinstance(message, wire.Rhythm):
        return _rhythm(message)
    if isinstance(message, wire.Event):
        return _event(message)
    return _status(message) if isinstance(message, wire.Status) else None
