"""ECG intervals of a record, window by window: `python ecg_intervals.py mitdb/100`. WFDB, EDF, CSV and NPZ will do."""

import asyncio
import sys
from contextlib import suppress

from host_sdk.replay import ReplayOptions, replay


async def main(record: str) -> None:
    result = await replay(ReplayOptions(record=record, signal="ecg"))
    if result.ecg is None:
        raise SystemExit(f"{record}: no ECG")
    print("end s  " + "".join(f"{name:>14}" for name in ("HR /min", "PR ms", "QRS ms", "QTcF ms")))
    for window in result.ecg.windows:
        cells = []
        for name in ("hr_bpm", "pr_ms", "qrs_ms", "qtc_fridericia_ms"):
            reading = window.readings[name]
            digits = 1 if reading.u95 is not None and reading.u95 < 1 else 0
            value = f"{reading.value:.{digits}f}" if reading.value is not None else reading.reason or "-"
            cells.append(f"{value if reading.u95 is None else f'{value} ± {reading.u95:.{digits}f}':>14}")
        print(f"{window.t:5.0f}  {''.join(cells)}  {', '.join(window.flags)}")


with suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1]))
