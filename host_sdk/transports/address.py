"""The one string that names a device: ``sim:``, ``sim:tcp:HOST:PORT``, ``ble:…``, ``serial:…``, ``replay:…``,
``log:…``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import unquote

from ..errors import AddressError

FORMS = "sim:, sim:tcp:HOST:PORT, ble:NAME-or-ADDRESS, serial:PORT, replay:PATH, log:PATH"
SCHEMES = ("sim", "ble", "serial", "replay", "log")
LINKS = ("ble", "serial")
DEFAULT_BAUD = 921600

# A path or a pyserial URL may hold a question mark: only what looks like options is taken for options.
_OPTIONS = re.compile(r"\?((?:[a-z][a-z0-9_]*=[^&?]*)(?:&[a-z][a-z0-9_]*=[^&?]*)*)$")
_OWN_OPTIONS: dict[str, frozenset[str] | None] = {
    "sim": None,  # whatever the provider knows
    "replay": None,
    "ble": frozenset({"radio", "timeout"}),
    "serial": frozenset({"baud"}),
    "log": frozenset({"recording"}),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed device address."""

    scheme: str
    target: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.scheme}:{self.target}" + (f"?{query}" if query else "")

    @property
    def host_port(self) -> tuple[str, int] | None:
        """Host and port of ``sim:tcp:HOST:PORT``, else None."""
        if self.scheme != "sim" or not self.target:
            return None
        host, _, port = self.target.removeprefix("tcp:").rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def link(self) -> str:
        """``ble`` or ``serial``."""
        if self.scheme in LINKS:
            return self.scheme
        return "serial" if self.scheme in ("replay", "log") else self.options.get("link", "ble")

    @property
    def starts_device(self) -> bool:
        """Whether whoever opens it gets a simulated device of its own."""
        return self.scheme == "replay" or (self.scheme == "sim" and not self.target)


def parse_address(text: str) -> Address:
    """Understand an address; raises AddressError that says what is wrong with it."""
    try:
        scheme, colon, rest = text.strip().partition(":")
    except (AttributeError, TypeError):
        raise AddressError(f"address {text!r}: must be text, one of {FORMS}") from None
    if not colon or scheme not in SCHEMES:
        meant = _meant(text.strip())
        raise AddressError(f"address {text!r}: must be one of {FORMS}" + (f"; did you mean {meant}?" if meant else ""))
    target, options = _split_options(scheme, rest)
    address = Address(scheme, target, options)
    _CHECKS[scheme](address, text)
    return address


def _meant(text: str) -> str | None:
    """The address that a bare port, address, file or misspelt scheme was probably meant to be."""
    scheme, _, rest = text.partition(":")
    if re.fullmatch(r"(?i)com\d+|/dev/.+|(socket|rfc2217|loop|spy|hwgrep|alt)://.+", text):
        return f"serial:{text}"
    if re.fullmatch(r"(?i)([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        return f"ble:{text}"
    if re.fullmatch(r"tcp:[a-z0-9.-]+:\d+|localhost:\d+|([a-z0-9-]+\.)+[a-z0-9]+:\d+|(tcp:)?\[[0-9a-f:]+\]:\d+", text):
        return f"sim:tcp:{text.removeprefix('tcp:')}"
    near = get_close_matches(scheme.lower(), SCHEMES, 1)
    if near:
        return f"{near[0]}:{rest}"
    if re.search(r"\.(hea|edf|bdf|rec|csv|npz)$", text, re.IGNORECASE):
        return f"replay:{text}"
    if text.endswith(".vblog"):
        return f"log:{text}"
    return f"ble:{text}" if re.fullmatch(r"[a-z]+-[0-9A-F]{4}", text) else None


def _split_options(scheme: str, rest: str) -> tuple[str, dict[str, str]]:
    if scheme in ("sim", "ble") and "?" in rest and not _OPTIONS.search(rest):
        raise AddressError(f"address '{scheme}:{rest}': options are key=value, joined by &")
    match = _OPTIONS.search(rest)
    if match is None:
        return rest, {}
    pairs = [pair.partition("=") for pair in match[1].split("&")]
    options = {key: unquote(value) for key, _, value in pairs}
    known = _OWN_OPTIONS[scheme]
    unknown = sorted(options.keys() - known) if known is not None else []
    if unknown and "://" in rest:
        return rest, {}  # the URL's own query
    if unknown:
        raise AddressError(f"address '{scheme}:{rest}': no option {unknown[0]!r} for {scheme}:")
    if len(options) < len(pairs):
        keys = [key for key, _, _ in pairs]
        raise AddressError(f"address '{scheme}:{rest}': option {max(keys, key=keys.count)!r} stands there twice")
    return rest[: match.start()], options


def _check_sim(address: Address, text: str) -> None:
    link = address.options.get("link", "ble")
    if link not in LINKS:
        raise AddressError(f"address {text!r}: link must be ble or serial, not {link!r}")
    if not address.target:
        return
    match = re.fullmatch(r"tcp:(?:[^:\[\]]+|\[[^\]]+\]):(\d+)", address.target)
    if match is None or not 0 < int(match[1]) < 65536:
        form = "tcp:HOST:PORT (PORT from 1 to 65535, an IPv6 HOST in brackets)"
        raise AddressError(f"address {text!r}: after sim: only {form} can follow")


def _check_ble(address: Address, text: str) -> None:
    if not address.target:
        raise AddressError(f"address {text!r}: needs a device name or a Bluetooth address")
    timeout = address.options.get("timeout", "10")
    if not re.fullmatch(r"\d+(\.\d+)?", timeout) or float(timeout) <= 0:
        raise AddressError(f"address {text!r}: timeout must be seconds, not {timeout!r}")


def _check_serial(address: Address, text: str) -> None:
    if not address.target:
        raise AddressError(f"address {text!r}: needs a serial port")
    baud = address.options.get("baud", str(DEFAULT_BAUD))
    if not baud.isdecimal() or int(baud) == 0:
        raise AddressError(f"address {text!r}: baud must be a number, not {baud!r}")


def _check_log(address: Address, text: str) -> None:
    if not address.target:
        raise AddressError(f"address {text!r}: needs the path of a pulled log")
    number = address.options.get("recording", "0")
    if not number.isdecimal():
        raise AddressError(f"address {text!r}: recording must be a number, not {number!r}")


def _check_replay(address: Address, text: str) -> None:
    if not address.target:
        raise AddressError(f"address {text!r}: needs the path of a record")


_CHECKS = {"sim": _check_sim, "ble": _check_ble, "serial": _check_serial, "replay": _check_replay, "log": _check_log}
