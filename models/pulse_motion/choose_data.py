"""`python -m models.pulse_motion.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums

from . import paths


def main() -> None:
    """Each recording of TROIKA is of one person, and a fold of its own."""
    takes_nothing(__doc__)
    folder = data_root() / "troika"
    names = sorted(path.stem for path in folder.glob("DATA_*_TYPE0?.mat"))
    records = tuple(
        Record(f"troika/{name}", name, fold, "train", file_sums(folder, (f"{name}.mat", f"{name}_BPMtrace.mat")))
        for fold, name in enumerate(names)
    )
    Manifest(licences(("troika",)), records).save(paths.manifest)


if __name__ == "__main__":
    main()
