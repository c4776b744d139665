"""`vitalband bench mcu`: what it measures, what it estimates from that, and the budget that no stage may exceed."""

from __future__ import annotations

import copy
import io
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from firmware_sim.cli.processes import vitalband
from firmware_sim.firmware.chains import ppg_chain
from firmware_sim.firmware.drivers import light_control
from hil_tests.bench.command import _compared
from hil_tests.bench.mcu.budget import BUDGETS, excesses, over_limits, read_budget, write_budget
from hil_tests.bench.mcu.chart import draw
from hil_tests.bench.mcu.heap import RUN_TIME, Owner, page, rooms, total
from hil_tests.bench.mcu.projection import light_modes, project, read_mcus
from hil_tests.bench.mcu.stages import COLLECTOR, ECG_PATH, REST, STAGES, wrapped_methods
from hil_tests.bench.mcu.table import print_report

from .targets import need

REPORT: dict[str, Any] = {
    "target": "qemu-m3",
    "wearer": "resting",
    "seconds": 20.0,
    "image": {"compiler": "12.2.1", "micropython": "1.25.0", "kernels": "viper", "hash": "00"},
    "instructions_per_s": 10_000_000,
    "longest_step": 2_000_000,
    "stages": {
        "ECG filters": {"instructions_per_s": 7_000_000, "calls_per_s": 15.6},
        REST: {"instructions_per_s": 3_000_000, "calls_per_s": 0},
    },
    "heap": {"size": 131072, "held": 90_000, "garbage_per_s": 1000, "fragmentation": 0.1, "largest_free": 20_000},
    "flash": {"image": 300_000, "total": 100_000, "modules": {}},
    "bridge": {"requests_per_s": 1000, "bytes_per_s": 20_000},
}


def report(**changes: Any) -> dict[str, Any]:
    """The report with other figures."""
    changed = copy.deepcopy(REPORT)
    changed.update(changes)
    return changed


def test_every_stage_is_made_of_methods_that_the_firmware_has() -> None:
    found = wrapped_methods()
    assert {number for number, *_ in found} == set(range(1, len(STAGES) + 1))
    assert len({(module, path) for _, module, path, _ in found}) == len(found)


def test_a_budget_is_exceeded_by_three_percent(tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    write_budget(path, REPORT)
    budget = read_budget(path)
    assert excesses(REPORT, budget) == []
    grown = copy.deepcopy(REPORT)
    grown["stages"]["ECG filters"]["instructions_per_s"] = 7_200_000
    assert excesses(grown, budget) == []
    grown["stages"]["ECG filters"]["instructions_per_s"] = 7_213_000
    assert excesses(grown, budget) == ["ECG filters takes 7,213,000 instructions a second, its budget is 7,000,000"]
    grown["image"]["compiler"] = "14.1.0"
    assert excesses(grown, budget) == []
    grown["stages"]["new"] = {"instructions_per_s": 1, "calls_per_s": 1}
    assert excesses(grown, budget) == ["new has no budget"]


def test_heap_and_flash_have_a_budget_too(tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    write_budget(path, REPORT)
    budget = read_budget(path)
    fat = report(heap={**REPORT["heap"], "held": 91_000}, flash={**REPORT["flash"], "image": 310_000})
    assert [line.split()[1] for line in excesses(fat, budget)] == ["heap", "image"]
    for text in ("{", "[]", "{}"):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"budget|Expecting"):
            read_budget(path)


def test_bounds_hold_whatever_the_budget() -> None:
    networks = {"one": {"arena": 2000}}
    assert over_limits(report(networks=networks)) == []
    fat = report(
        networks={"one": {"arena": 60_000}},
        instructions_per_s=26_000_000,
        heap={**REPORT["heap"], "held": 196_000},
        flash={**REPORT["flash"], "image": 820_000},
    )
    assert [line.split()[1] for line in over_limits(fat)] == ["instructions", "bytes", "bytes", "bytes"]


@pytest.mark.parametrize("compiler", ["12.2.1", "13.1"])
def test_a_budget_that_holds_is_said_to(compiler: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "budget.json"
    write_budget(path, REPORT)
    measured = report(image={**REPORT["image"], "compiler": compiler})
    assert _compared(measured, path) == []
    part = {"12.2.1": "3%", "13.1": "15%"}[compiler]
    assert capsys.readouterr().err == f"vitalband bench: budget.json holds: 2 stages and flash within {part}, heap\n"
    assert len(_compared(report(instructions_per_s=20_000_000), path)) == 1
    assert capsys.readouterr().err == ""


def test_the_report_fits_a_terminal_and_sums_up_the_ecg() -> None:
    assert {stage.name for stage in STAGES} >= set(ECG_PATH)
    out = io.StringIO()
    stages = {
        "ECG filters": {"instructions_per_s": 4_000_000, "calls_per_s": 15.6},
        "delineation": {"instructions_per_s": 2_000_000, "calls_per_s": 1.2},
        REST: {"instructions_per_s": 4_000_000, "calls_per_s": 0},
    }
    operator = {"name": "CONV_2D", "macs": 15_000, "instructions": 300_000}
    network = {"operators": [operator], "macs": 15_000, "instructions": 300_000, "model_bytes": 4000, "arena": 1000,
               "held": 900}  # fmt: skip
    whole = report(stages=stages, networks={"beat_kind": network})
    whole["heap"]["board_modules"] = 7000
    print_report({**whole, "mcus": project(whole), "light": light_modes()}, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= 80
    assert any("of it the ECG, sensor to windows" in line and "6,000,000" in line and "60.0%" in line for line in lines)
    assert any("rest: main loop, buses, waiting" in line for line in lines)
    assert "…" not in out.getvalue()


def test_no_number_of_the_report_is_torn_at_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = {
        stage.name: {"instructions_per_s": 14_260_000 + n, "calls_per_s": 250.125} for n, stage in enumerate(STAGES)
    }
    stages[REST] = {"instructions_per_s": 4_000_000, "calls_per_s": 0}
    names = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "RESIZE_NEAREST_NEIGHBOR", "CONCATENATION")
    operators = [{"name": name, "macs": 1_234_567, "instructions": 23_456_789} for name in names]
    network = {"operators": operators, "macs": 9_876_543, "instructions": 123_456_789, "model_bytes": 45_678,
               "arena": 34_567, "held": 12_345}  # fmt: skip
    whole = report(stages=stages, networks={"ecg_delineator": network}, instructions_per_s=142_600_000)
    whole["heap"]["board_modules"] = 7000
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    print_report({**whole, "mcus": project(whole), "light": light_modes()}, Console(file=out))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in out.getvalue()
    for n in range(len(STAGES)):
        assert sum(f"{14_260_000 + n:,}" in line for line in lines) == 1
    assert sum("1,234,567" in line and "23,456,789" in line for line in lines) == len(names)


def test_projections_follow_the_instructions() -> None:
    slow, fast = project(report(instructions_per_s=40_000_000)), project(REPORT)
    assert set(fast) == {"nrf52840", "stm32l476", "stm32u585", "esp32s3", "rp2350"}
    for name, mcu in fast.items():
        assert 0 < mcu["bus_load"] < mcu["cpu_load"] < slow[name]["cpu_load"]
        assert mcu["assumes"]["source"]
    assert fast["nrf52840"]["battery_h"] > (slow["nrf52840"]["battery_h"] or 0)
    assert project(report(instructions_per_s=400_000_000))["nrf52840"]["battery_h"] is None


def test_charge_of_the_optical_chip_is_of_the_currents_that_its_driver_sets() -> None:
    modes = read_mcus()["max30102"]["modes"]
    usual, most, least, now_and_then, absent, _ = modes.values()
    for mode, red, infrared in (
        (usual, light_control._START_STEPS, light_control._START_STEPS),
        (most, light_control._MOST_STEPS, light_control._MOST_STEPS),
        (least, 1, 1),
        (absent, 0, light_control._PROXIMITY_STEPS),
    ):
        assert (mode["red_ma"], mode["infrared_ma"]) == pytest.approx((red * 0.2, infrared * 0.2))
    assert now_and_then["on"] == pytest.approx(ppg_chain._MEASURE_POLLS / (5 * ppg_chain._POLLS_A_MIN), abs=1e-4)
    assert absent["on"] == pytest.approx(1 / (1 + ppg_chain._OFF_POLLS))
    charge = [one["mean_ma"] for one in light_modes().values()]
    assert charge == pytest.approx([1.192, 2.655, 0.616, 0.1595, 0.0617, 0.0007], abs=1e-3)


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_chart_is_drawn(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"chart.{ending}"
    draw(REPORT, path)
    data = path.read_bytes()
    assert data[:4] == b"\x89PNG" if ending == "png" else b"million instructions a second" in data
    draw(REPORT, path)
    assert path.read_bytes() == data
    with pytest.raises(ValueError, match="nonsense"):
        draw(REPORT, tmp_path / "chart.nonsense")


@pytest.mark.parametrize(
    "arguments",
    [
        ["mcu", "--target", "pdp11"],
        ["mcu", "--wearer", "nobody"],
        ["mcu", "--heap-by-owner", "--wearer", "nobody"],
        ["mcu", "--chart", "chart.nonsense"],
        ["mcu", "--budget", "nowhere.json"],
        ["mcu", "--seconds", "0"],
        ["teapot"],
    ],
)
def test_what_cannot_be_measured_is_said(arguments: list[str]) -> None:
    result = vitalband("bench", *arguments)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert arguments[-1] in result.stderr


def test_heap_is_summed_by_folder() -> None:
    owners = [
        Owner("dsp.ecg.qrs", 100, 2000),
        Owner("dsp.ecg.window", 50, 10),
        Owner("main", 40, 0),
        Owner(RUN_TIME, 0, 7),
        Owner("services.log.store", 3, 1, 400),
        Owner("services.smp.cbor", 1, 0, 30),
        Owner("services.log.pull", 1, 0, 5),
    ]
    assert total(owners) == 2213
    assert rooms(owners) == [
        Owner("dsp.ecg", 150, 2010),
        Owner("main", 40, 0),
        Owner(RUN_TIME, 0, 7),
        Owner("services.log", 4, 1, 405),
        Owner("services.smp", 1, 0, 30),
    ]
    text = page(owners, "qemu-m3")
    assert "**2213 bytes in all**" in text
    assert "hold\n6; 435 more until the start is over" in text
    assert "| dsp.ecg | 150 | 2010 | 2160 |" in text
    assert "| dsp.ecg.window | 50 | 10 | 60 |" in text


@pytest.mark.qemu
@pytest.mark.slow
def test_heap_by_owner_accounts_for_all_that_the_firmware_holds(tmp_path: Path) -> None:
    need("qemu-m3")
    written = tmp_path / "heap.md"
    result = vitalband("bench", "mcu", "--heap-by-owner", "--target", "qemu-m3", "--page", str(written), timeout=110)
    assert result.returncode == 0, result.stderr
    rows = re.findall(r"^\| (\S.*?) \| (-?\d+) \| (-?\d+) \| (-?\d+) \|$", written.read_text(), re.M)
    owners = {name: (int(code), int(objects), int(both)) for name, code, objects, both in rows}
    assert all(code + objects == both for code, objects, both in owners.values())
    (whole,) = re.findall(r"\*\*(\d+) bytes in all\*\*", written.read_text())
    budget = json.loads(BUDGETS["qemu-m3"].read_text())["heap_held"]
    assert int(whole) == pytest.approx(budget, rel=0.05)
    assert owners["frame_ring"][0] > 0  # an import leaves its classes
    assert owners["roles.device"][1] > 4000  # which makes the rings of samples and results
    assert abs(owners[RUN_TIME][2]) < int(whole) / 4
    assert f"all                          {int(whole):,}" in result.stdout


@cache
def measured(target: str) -> subprocess.CompletedProcess[str]:
    """One measurement of a target against its budget, for all tests of a process."""
    return vitalband("bench", "mcu", "--target", target, "--json", "--budget", str(BUDGETS[target]), "--seconds", "20",
                     timeout=110)  # fmt: skip


@pytest.mark.qemu
@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(BUDGETS))
def test_no_stage_exceeds_its_budget(target: str) -> None:
    need(target)
    result = measured(target)
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert over_limits(figures) == []
    assert set(figures["stages"]) == {REST, COLLECTOR, *(stage.name for stage in STAGES)}
    total = sum(stage["instructions_per_s"] for stage in figures["stages"].values())
    assert total == pytest.approx(figures["instructions_per_s"], abs=len(STAGES))
    assert all(figures["stages"][stage.name]["calls_per_s"] > 0 for stage in STAGES)
