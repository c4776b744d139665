"""Kinds of beats in the groups of ANSI/AAMI EC57."""

from __future__ import annotations

#: Kinds by label: normal, supraventricular and ventricular ectopic. A wire kind is the label plus one.
KINDS = ("N", "S", "V")
#: Label of what is neither scored nor learned: fusion, paced and unclassifiable beats.
OTHER = 3
#: WFDB annotation codes of each label; escape beats of atria and node count as normal.
_CODES = ("NLRej", "AaJS", "VE", "Ff/Q?!n")
LABEL_OF = {code: label for label, codes in enumerate(_CODES) for code in codes}
