"""Starts the wearable. A stock board's own `main.py` says `from firmware.main import run; run("board_…")`."""

import gc

#: Imported one after the other, what is needed first: an import within an import within an import takes more of the C
#: stack than small boards have.
_MODULES = (
    "wire_gen",
    "dsp.fixed",
    "dsp.ecg.filters",
    "dsp.ecg.uncertain_span",
    "dsp.ecg.pending_beats",
    "dsp.ecg.qrs_verifier",
    "dsp.result",
    "dsp.ecg.delineation",
    "dsp.ecg.template",
    "dsp.ecg.beat_features",
    "dsp.ecg.beat_maker",
    "dsp.ecg.quality",
    "dsp.ecg.regularity",
    "dsp.ecg.alternans",
    "dsp.ecg.window",
    "dsp.ecg.pipeline",
    "dsp.ppg.pipeline",
    "dsp.imu.pipeline",
    "services.ble",
    "device",
    "board_reference",
)


def run(board_name: str = "board_reference") -> None:
    """Step the device on the board of that module for ever; only an exception or a reset ends it."""
    package = __name__.rpartition(".")[0] + "."
    from .networks.loading import load_all

    networks = load_all()
    gc.collect()
    for name in _MODULES:
        __import__(package + name)
        gc.collect()  # what stays must not lie scattered among what importing left behind: large buffers come next
    from .device import Device

    board = __import__(package + board_name, None, None, ("Board",)).Board()
    gc.collect()
    device = Device(board, networks)
    now_us = board.now_us
    due = now_us()
    while True:
        board.idle(due - now_us())
        due = device.step(now_us())
