"""How far the log compresses ECG without loss: records of MIT-BIH as the device packs them into chunks, read back.

`python -m hil_tests.bench.compressing` prints one JSON object: bits a sample with all heads and checks, and the ratio
to the 12 bits of the records and to the 24 bits of the device. 0 where every sample came back as it was.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from pathlib import Path

import numpy as np
import wfdb

from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.firmware.frontends.ecg_gen import BLOCK
from firmware_sim.firmware.services.log.layout import CHUNK_EXTRA, CHUNK_HEAD_BYTES, LONGEST, SECTOR_HEAD_BYTES
from firmware_sim.firmware.services.log.packing import FramePacker
from host_sdk import wire_gen as wire
from host_sdk.log.chunks import Chunk, Kind, frames_of
from host_sdk.models import IntArray
from host_sdk.records.data_root import data_root

_RECORD_BITS, _DEVICE_BITS = 12, 24
_WIDTH = 3
#: Three chunks fill a sector, whose head they have together.
_CHUNKS_A_SECTOR = 3


def packed(counts: IntArray) -> list[bytes]:
    """Payloads of the chunks that a device makes of an ECG, block by block."""
    packer = FramePacker()
    packer.begin(0, LONGEST)
    payloads = []
    frame = bytearray(device_wire.LONGEST_FRAME)
    for number in range(len(counts) // BLOCK):
        block = counts[number * BLOCK : (number + 1) * BLOCK]
        n = device_wire.pack_samples(frame, 0, 0, number, number * BLOCK, number * 100_000, 0)
        data = b"".join(int(count).to_bytes(_WIDTH, "little", signed=True) for count in block)
        frame[n : n + len(data)] = data
        if not packer.add(frame, n + len(data)):
            payloads.append(_payload(packer))
            packer.begin(0, LONGEST)
            if not packer.add(frame, n + len(data)):
                raise ValueError(f"block {number} fits in no chunk")
    return [*payloads, _payload(packer)]


def _payload(packer: FramePacker) -> bytes:
    return bytes(packer.chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + packer.count()])


def unpacked(payloads: list[bytes]) -> IntArray:
    """The counts of these chunks."""
    data = b"".join(
        wire.Samples.decode(frame.payload).data
        for number, payload in enumerate(payloads)
        for frame in frames_of(Chunk(number, 0, Kind.DATA, 0, payload, b""))
    )
    values = [int.from_bytes(data[at : at + _WIDTH], "little", signed=True) for at in range(0, len(data), _WIDTH)]
    return np.array(values, dtype=np.int32)


def size(payloads: list[bytes]) -> int:
    """Bytes on the flash, heads and checks included."""
    heads = len(payloads) * CHUNK_EXTRA + len(payloads) * SECTOR_HEAD_BYTES // _CHUNKS_A_SECTOR
    return sum(map(len, payloads)) + heads


def measure(folder: Path, seconds: float) -> dict[str, float]:
    """Of so many seconds of the first channel of each record of a folder; ValueError where one came back changed."""
    taken = samples = 0
    names = sorted(path.stem for path in folder.glob("*.hea"))
    for name in names:
        fs = wfdb.rdheader(str(folder / name)).fs
        record = wfdb.rdrecord(str(folder / name), channels=[0], sampto=round(seconds * fs), physical=False)
        counts = record.d_signal[:, 0][: len(record.d_signal) // BLOCK * BLOCK].astype(np.int32)
        payloads = packed(counts)
        if not np.array_equal(unpacked(payloads), counts):
            raise ValueError(f"{name}: came back changed")
        taken += size(payloads)
        samples += len(counts)
    if not samples:
        raise ValueError(f"{folder}: no records there")
    bits = 8 * taken / samples
    return {
        "records": len(names),
        "samples": samples,
        "bits": round(bits, 3),
        "of_12_bits": round(_RECORD_BITS / bits, 3),
        "of_24_bits": round(_DEVICE_BITS / bits, 3),
    }


def main() -> int:
    """Run it; 0 where all came back."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.bench.compressing", description=__doc__)
    parser.add_argument("--data", type=Path, default=data_root() / "mitdb", help="folder of WFDB records")
    parser.add_argument("--seconds", type=float, default=120.0, help="of each record (default: 120)")
    args = parser.parse_args()
    try:
        print(json.dumps(measure(args.data, args.seconds)))
    except (ValueError, OSError, struct.error) as error:
        print(f"compressing: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
