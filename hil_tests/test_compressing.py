"""How far the log compresses: `python -m hil_tests.bench.compressing` has the figure of all records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from host_sdk.records.data_root import data_root

from .bench.compressing import measure, packed, size, unpacked


@pytest.mark.parametrize("amplitude", [3, 200, 100_000])
def test_what_is_packed_comes_back_and_less_of_it_is_smaller(amplitude: int) -> None:
    chance = np.random.default_rng(amplitude)
    counts = (amplitude * np.sin(np.arange(5000) / 40) + chance.integers(-2, 3, 5000)).astype(np.int32)
    payloads = packed(counts)
    assert np.array_equal(unpacked(payloads), counts)
    assert size(payloads) < 3 * len(counts) / 3
    noise = chance.integers(-(1 << 23), 1 << 23, 5000).astype(np.int32)
    assert np.array_equal(unpacked(packed(noise)), noise)
    assert size(packed(noise)) > 3 * len(noise)


def test_a_folder_without_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no records there"):
        measure(tmp_path, 10)


@pytest.mark.data
def test_ecg_of_patients_takes_a_third_of_its_bits(tmp_path: Path) -> None:
    folder = data_root() / "mitdb"
    if not folder.exists():
        pytest.skip("MIT-BIH is not on this computer")
    assert measure(folder, 120)["of_12_bits"] >= 2.8
