"""`python -m models.respiration.choose_data`: writes manifest.json from the folder of recordings."""

from __future__ import annotations

from models.common.command import takes_nothing
from models.common.licences import licences
from models.common.manifest import Manifest, Record, data_root, file_sums
from models.common.paths import read_json

from . import paths


def main() -> None:
    """Each recording of BIDMC is of one person; every tenth is in the same fold."""
    takes_nothing(__doc__)
    folder = data_root() / "bidmc"
    names = sorted(path.name.removesuffix("_Signals.csv") for path in folder.glob("*_Signals.csv"))
    folds = read_json(paths.recipe)["folds"]
    records = tuple(
        Record(
            f"bidmc/{name}", name, number % folds, "train",
            file_sums(folder, (f"{name}_Signals.csv", f"{name}_Breaths.csv")),
        )
        for number, name in enumerate(names)
    )  # fmt: skip
    Manifest(licences(("bidmc",)), records).save(paths.manifest)


if __name__ == "__main__":
    main()
