"""From the wire's messages to sample blocks and what describes them; `models_gen` makes the other models."""

from __future__ import annotations

from . import counts
from . import wire_gen as wire
from .errors import ProtocolError
from .models import IntArray, SampleBlock, StreamSpec

#: More bytes a second than any link here carries.
_FASTEST = 500_000


def stream_spec(message: wire.StreamInfo) -> StreamSpec:
    """A stream's layout; raises ProtocolError for one that cannot be decoded."""
    name = message.stream.name.lower()
    if (
        message.sample_bytes not in (2, 3)
        or 0 in (message.channels, message.lsb_nano)
        or message.rate_mhz * message.channels * message.sample_bytes not in range(1, _FASTEST * 1000)
    ):
        raise ProtocolError(
            f"stream {name}: impossible layout ({message.channels} channels of {message.sample_bytes} bytes "
            f"at {message.rate_mhz} mHz, a count of {message.lsb_nano}e-9)"
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
    return counts.unpack(data, spec.sample_bytes).reshape(-1, len(spec.channels))


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
        gain_changed=wire.BlockStatus.GAIN_CHANGED in message.status,
    )
