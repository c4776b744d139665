"""Where the sets of recordings come from that models learn from, and their terms."""

from __future__ import annotations

from collections.abc import Iterable

_PHYSIONET = "Open Data Commons Attribution License 1.0"
_LICENCES = {
    "mitdb": {
        "title": "MIT-BIH Arrhythmia Database 1.0.0, PhysioNet, doi:10.13026/C2F305",
        "cite": "Moody GB, Mark RG. IEEE Engineering in Medicine and Biology 20(3):45-50 (2001)",
        "licence": _PHYSIONET,
    },
    "qtdb": {
        "title": "QT Database 1.0.0, PhysioNet, doi:10.13026/C24K53",
        "cite": "Laguna P, Mark RG, Goldberger A, Moody GB. Computers in Cardiology 24:673-676 (1997)",
        "licence": _PHYSIONET,
    },
    "ludb": {
        "title": "Lobachevsky University Electrocardiography Database 1.0.1, PhysioNet, doi:10.13026/eegm-h675",
        "cite": "Kalyakulina AI et al. IEEE Access 8:186181-186190 (2020)",
        "licence": _PHYSIONET,
    },
    "tele": {
        "title": "TELE ECG database, Harvard Dataverse, doi:10.7910/DVN/QTG0EP",
        "cite": "Khamis H et al. IEEE Transactions on Biomedical Engineering 63(7):1377-1388 (2016)",
        "licence": "as published; nothing of it is in this repository",
    },
    "cinc2017": {
        "title": "AF Classification from a Short Single Lead ECG Recording 1.0.0, PhysioNet, doi:10.13026/d3hm-sf11",
        "cite": "Clifford GD et al. Computing in Cardiology 44 (2017)",
        "licence": _PHYSIONET,
    },
    "troika": {
        "title": "IEEE Signal Processing Cup 2015 training data, doi:10.5281/zenodo.3902710",
        "cite": "Zhang Z, Pi Z, Liu B. IEEE Transactions on Biomedical Engineering 62(2):522-531 (2015)",
        "licence": "none stated; nothing of it is in this repository",
    },
    "bidmc": {
        "title": "BIDMC PPG and Respiration Dataset 1.0.0, PhysioNet, doi:10.13026/C2208R",
        "cite": "Pimentel MAF et al. IEEE Transactions on Biomedical Engineering 64(8):1914-1923 (2017)",
        "licence": _PHYSIONET,
    },
    "sisfall": {
        "title": "SisFall: a fall and movement dataset, doi:10.3390/s17010198",
        "cite": "Sucerquia A, Lopez JD, Vargas-Bonilla JF. Sensors 17(1):198 (2017)",
        "licence": "for research, as published; nothing of it is in this repository",
    },
    "weda_fall": {
        "title": "WEDA-FALL, https://github.com/joaojtmarques/WEDA-FALL",
        "cite": "Marques J, Moreno P. Sensors 23(3):1146 (2023)",
        "licence": "none stated; nothing of it is in this repository",
    },
    "nstdb": {
        "title": "MIT-BIH Noise Stress Test Database 1.0.0, PhysioNet, doi:10.13026/C2HS3T",
        "cite": "Moody GB, Muldrow WE, Mark RG. Computers in Cardiology 11:381-384 (1984)",
        "licence": _PHYSIONET,
    },
}


def licences(sets: Iterable[str]) -> dict[str, dict[str, str]]:
    """Title, citation and licence of each of the sets, by name, as manifests have them."""
    return {name: _LICENCES[name] for name in sets}
