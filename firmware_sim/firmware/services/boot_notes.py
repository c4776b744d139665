"""What the bootloader says it did last: notes of 32 bytes in a sector of the NOR flash, of which the last sound counts.

A note is `VBN`, what happened u8, why u8, 3 bytes 0, version (8 bytes, as in an image's header), 4 bytes of the image's
digest, CRC-32. The first one is there from the factory on: a device without notes has no such bootloader.
"""

from binascii import crc32
from struct import unpack_from

from micropython import const

from ..flash_regions import SECTOR, SWAP_AT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .image_slot import Flash

NOTES_AT = SWAP_AT + 2 * SECTOR
NOTE_BYTES = const(32)
RECOVERY_AT = SWAP_AT + 3 * SECTOR
#: What a sector begins with by which the bootloader is asked for its recovery console.
RECOVERY_REQUEST = b"VBRECOVR"
_DIGEST = const(16)
_CHECKED = const(20)
MAGIC = b"VBN"
#: What happened, by its number.
OUTCOMES = ("nothing", "testing", "updated", "reverted", "refused", "restored")
#: Why an image was refused, by its number.
REFUSALS = (
    "",
    "no image",
    "malformed",
    "digest",
    "key",
    "signature",
    "TLVs",
    "board",
    "security counter",
    "version",
    "battery",
)


def has_bootloader(flash: "Flash") -> bool:
    """Whether there is one that writes notes; a chip that does not answer has none."""
    head = bytearray(len(MAGIC))
    try:
        flash.read(NOTES_AT, head)
    except OSError:
        return False
    return bytes(head) == MAGIC


def last_note(flash: "Flash") -> "tuple[str, str, bytes]":
    """(what the bootloader did when it last did anything, why it refused, how the digest of that image begins).

    OSError of a chip that fails.
    """
    note = bytearray(NOTE_BYTES)
    for at in range(NOTES_AT + SECTOR - NOTE_BYTES, NOTES_AT - 1, -NOTE_BYTES):
        flash.wait()
        flash.read(at, note)
        check: int = unpack_from("<I", note, _CHECKED)[0]
        if bytes(note[: len(MAGIC)]) == MAGIC and check == crc32(bytes(note[:_CHECKED])) & 0xFFFFFFFF:
            return _named(OUTCOMES, note[3]), _named(REFUSALS, note[4]), bytes(note[_DIGEST:_CHECKED])
    return OUTCOMES[0], REFUSALS[0], b""


def request_recovery(flash: "Flash") -> None:
    """Have the next start end in the bootloader's console, instead of any firmware; OSError of a chip that fails."""
    flash.wait()
    flash.erase(RECOVERY_AT)
    flash.wait()
    flash.program(RECOVERY_AT, RECOVERY_REQUEST)
    flash.wait()


def _named(names: "tuple[str, ...]", number: int) -> str:
    """The name of a number; of one that only a newer bootloader knows the number."""
    return names[number] if number < len(names) else str(number)
