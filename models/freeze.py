"""`python -m models.freeze [--check]`: writes every model's int8 file as a firmware module, or says which differ.

And the coefficients of expanded uncertainty (models/uncertainty), the network of the pulse in motion, and the
calibration curves of SpO2.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from pathlib import Path

from firmware_sim.firmware.nn.loading.prepare import form_of
from models.common.manifest import sha256
from models.pulse_motion import WEIGHTS, signals
from models.pulse_motion.network import CODES, MIDDLE_BIN
from models.pulse_motion.quantize import Quantized
from models.respiration import WEIGHTS as RESPIRATION_WEIGHTS
from models.respiration import inputs as breaths
from models.spo2 import curve

ROOT = Path(__file__).resolve().parents[1]
NETWORKS = ROOT / "firmware_sim/firmware/networks"
UNCERTAINTY = ROOT / "firmware_sim/firmware/dsp/ecg/u95_gen.py"
PULSE_MOTION = ROOT / "firmware_sim/firmware/dsp/ppg/pulse_motion_gen.py"
RESPIRATION = ROOT / "firmware_sim/firmware/dsp/ppg/respiration_gen.py"
SPO2_CURVES = ROOT / "firmware_sim/firmware/dsp/ppg/spo2_curves_gen.py"
#: Committed by models/uncertainty.
_COEFFICIENTS = ROOT / "models/uncertainty/u95.json"
#: Models that no firmware carries (see their cards).
NOT_CARRIED = frozenset(("accident",))
#: Bytes a line of the generated module.
_WIDTH = 32


def render(name: str, model: bytes) -> str:
    """A module of constants, so that frozen firmware keeps them in flash: the file, and its prepared form."""
    form = form_of(model)
    title = f'"""Made by `make gen` from models/{name}/model_int8.tflite, SHA-256 {sha256(model)}."""'
    parts = ",\n".join(_constant(part) for part in form)
    return (
        f"{title}\n\nMODEL = (\n{_rows(model)}\n)\n"
        f"#: What `nn.load` would make of it; see nn/network.py.\nPREPARED = (\n{parts},\n)\n"
    )


def _constant(part: object) -> str:
    """A constant of the prepared form."""
    if isinstance(part, (bytes, array)):
        return f"(\n{_rows(_little_endian(part))}\n)" if len(part) else 'b""'
    if isinstance(part, tuple) and part and isinstance(part[0], tuple):
        return "(\n" + "".join(f"{_constant(item)},\n" for item in part) + ")"
    if isinstance(part, tuple) and any(isinstance(item, (bytes, array)) for item in part):
        return "(" + ", ".join(_constant(item) for item in part) + ")"
    return repr(part)


def _little_endian(words: bytes | array[int]) -> bytes:
    return words if isinstance(words, bytes) else struct.pack(f"<{len(words)}i", *words)


def _rows(data: bytes) -> str:
    rows = [data[at : at + _WIDTH] for at in range(0, len(data), _WIDTH)]
    return "\n".join('    b"%s"' % "".join("\\x%02x" % byte for byte in row) for row in rows)


def targets() -> dict[Path, str]:
    """What each generated module must contain."""
    files = [file for file in sorted(ROOT.glob("models/*/model_int8.tflite")) if file.parent.name not in NOT_CARRIED]
    networks = {NETWORKS / f"{file.parent.name}_gen.py": render(file.parent.name, file.read_bytes()) for file in files}
    return {
        **networks, UNCERTAINTY: _uncertainty(), PULSE_MOTION: _pulse_motion(), RESPIRATION: _respiration(),
        SPO2_CURVES: _spo2_curves(),
    }  # fmt: skip


def _spo2_curves() -> str:
    """The module of calibration curves."""
    return curve.render(curve.load_all())


def _pulse_motion() -> str:
    """The module of the network that scores rates, and of the tables that its spectra are made with."""
    network, presence = (Quantized.load(WEIGHTS, name) for name in ("network", "presence"))
    half = bytes(signals.rising_half().tolist())
    sines = struct.pack("<384h", *signals.sines().tolist())
    return (
        f'"""Made by `make gen` from models/pulse_motion/weights.json, SHA-256 {sha256(WEIGHTS.read_bytes())}."""\n\n'
        "from micropython import const\n\n"
        f"#: Bits of evidence in Q20 of a unit of score.\nGAIN = const({network.gain})\n"
        f"#: What the kernel `score_rates` reads.\nNETWORK = (\n{_rows(network.table(CODES, MIDDLE_BIN))}\n)\n"
        f"#: That which looks at one rate, its bits of evidence in Q20, and the score of no pulse.\n"
        f"PRESENCE = (\n{_rows(presence.table(CODES, MIDDLE_BIN))}\n)\n"
        f"PRESENCE_GAIN = const({presence.gain})\nNO_PULSE = const({presence.none})\n"
        f"#: The rising half of the window.\nHALF_WINDOW = (\n{_rows(half)}\n)\n"
        f"#: Sines of 0 to 383 512ths of a turn in Q14, low byte first.\nSINES = (\n{_rows(sines)}\n)\n"
    )


def _respiration() -> str:
    """The module of the networks that score respiration rates, by pulses and by heart beats."""
    pulses, heart = breaths.load_networks(RESPIRATION_WEIGHTS)
    made_of = sha256(RESPIRATION_WEIGHTS.read_bytes())
    tables = [
        network.table(part.codes, breaths.MIDDLE_BIN)
        for network, part in ((pulses, breaths.PULSES), (heart, breaths.HEART))
    ]
    return (
        f'"""Made by `make gen` from models/respiration/weights.json, SHA-256 {made_of}."""\n\n'
        "from micropython import const\n\n"
        f"#: Bits of evidence in Q20 of a unit of score.\nGAIN = const({pulses.gain})\n"
        f"#: What the kernel `score_rates` reads: the network of the light's series, and that of the ECG's.\n"
        f"PULSES = (\n{_rows(tables[0])}\n)\nHEART = (\n{_rows(tables[1])}\n)\n"
    )


def _uncertainty() -> str:
    """The module of coefficients, a row an interval, then those of heart rate and RR."""
    content = json.loads(_COEFFICIENTS.read_text(encoding="utf-8"))
    intervals = content["intervals"]
    rate, rr = (", ".join(map(str, content["rates"][name])) for name in ("heart_rate", "rr"))
    rows = "".join(f"    ({', '.join(map(str, row))}),  # {name}\n" for name, row in intervals.items())
    return (
        f'"""Made by `make gen` from models/uncertainty/u95.json."""\n\n'
        "#: Of PR, QRS and QT, in 0.1 ms (Q8): constant, then for each of uncertainty of edges, spread, lost quality,\n"
        "#: rate and fewness of beats; see uncertainty.py.\n"
        f"INTERVALS_Q8 = (\n{rows})\n"
        "#: Of the heart rate, in 0.1 bpm (Q8): constant, then for each of lost quality, noise beside uneven and very\n"
        "#: uneven RR, noise of a rhythm that is uneven by itself, lost beside split RR, dropped RR.\n"
        f"RATE_Q8 = ({rate})\n"
        "#: Of RR, in ms (Q8): constant, lost quality, and both once more beside uneven RR.\n"
        f"RR_Q8 = ({rr})\n"
    )


def main(arguments: list[str]) -> int:
    """Write, or with --check only compare; 0 when nothing is stale afterwards."""
    wanted = targets()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    orphans = sorted(set(NETWORKS.glob("*_gen.py")) - set(wanted))
    if "--check" in arguments:
        for path in (*stale, *orphans):
            print(f"stale: {path.relative_to(ROOT)} (run `make gen`)", file=sys.stderr)
        return 1 if stale or orphans else 0
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    for path in orphans:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
