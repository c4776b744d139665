"""Starts the wearable. A stock board's own `main.py` says `from firmware.main import run; run("rp2350")`."""

import gc

#: Imported one after the other, what is needed first: an import within an import within an import takes more of the C
#: stack than small boards have.
_MODULES = (
    "wire_gen",
    "dsp.fixed",
    "dsp.ecg.filters",
    "dsp.ecg.uncertain_span",
    "dsp.ecg.pending_beats",
    "dsp.ecg.r_locator",
    "dsp.ecg.qrs_verifier",
    "dsp.result",
    "dsp.ecg.delineation",
    "dsp.ecg.template",
    "dsp.ecg.beat_features",
    "dsp.ecg.rr_history",
    "dsp.ecg.beat_maker",
    "dsp.ecg.quality",
    "dsp.ecg.regularity",
    "dsp.ecg.alternans",
    "dsp.ecg.window",
    "dsp.ecg.pipeline",
    "dsp.ppg.pipeline",
    "dsp.imu.pipeline",
    "services.ble",
    "roles.band",
    "boards.reference",
)


def run(board: str = "reference") -> None:
    """Step the device on `boards/BOARD.py` for ever; only an exception or a reset ends it."""
    package = __name__.rpartition(".")[0] + "."
    from .networks.loading import load_all

    networks = load_all()
    gc.collect()
    for name in _MODULES:
        __import__(package + name)
        gc.collect()  # what stays must not lie scattered among what importing left behind: large buffers come next
    from .roles.band import Device

    hardware = __import__(package + "boards." + board, None, None, ("Board",)).Board()
    gc.collect()
    device = Device(hardware, networks)
    now_us = hardware.now_us
    due = now_us()
    while True:
        hardware.idle(due - now_us())
        due = device.step(now_us())
