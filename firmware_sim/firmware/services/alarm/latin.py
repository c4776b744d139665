"""Names in the letters of GSM-7: accents are dropped that it lacks, Cyrillic and Greek are written in Latin letters."""

from .gsm7 import septets_of

#: Letters without their accents from a code on; a space where there is none.
_BARE = (
    (
        0x00C0,
        "AAAAAA CEEEEIIIIDNOOOOOxOUUUUY  aaaaaa ceeeeiiiidnooooo ouuuuy yAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIi"
        "IiIi  JjKkkLlLlLlLlLlNnNnNnnNnOoOoOo  RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs",
    ),
    (0x0218, "SsTt"),
    (
        0x1E00,
        "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRrSsSsSsSsSsTtTt"
        "TtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwyas    AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOo"
        "OoOoOoOoUuUuUuUuUuUuUuYyYyYyYy",
    ),
    (0x0386, "A EII O YOi"),
    (0x03AA, "IYaeii"),
    (0x03CA, "iyoyo"),
)
#: Letters of other alphabets from a code on, upper case, and how far behind it the lower case is.
_ALPHABETS = (
    (0x0400, 80, "E Yo Dj G Ye Dz I Yi J Lj Nj C K I U Dz"),
    (0x0410, 32, "A B V G D E Zh Z I Y K L M N O P R S T U F Kh Ts Ch Sh Shch ' Y ' E Yu Ya"),
    (0x0490, 1, "G"),
    (0x0391, 32, "A V G D E Z I Th I K L M N X O P R S S T Y F Ch Ps O"),
)
_OTHERS = {
    "\u0152": "Oe", "\u0153": "oe", "\u00de": "Th", "\u00fe": "th", "\u0132": "IJ", "\u0133": "ij", "\u1e9e": "ß",
    "\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u00a0": " ", "\u03b0": "y",
    "\n": " ", "\r": " ",
}  # fmt: skip


def in_gsm7(text: str) -> str:
    """The text with characters of one septet only; what has none, of other scripts, is left out."""
    return "".join([_written(character) for character in text])


def _written(character: str) -> str:
    code = ord(character)
    for first, to_lower, letters in _ALPHABETS:
        upper = letters.split(" ")
        if first <= code < first + len(upper):
            return upper[code - first]
        if first + to_lower <= code < first + to_lower + len(upper):
            return upper[code - first - to_lower].lower()
    if character in _OTHERS:
        return _OTHERS[character]
    if 0 <= septets_of(character) < 128:
        return character
    for first, bare in _BARE:
        if first <= code < first + len(bare):
            return bare[code - first].strip()
    return ""
