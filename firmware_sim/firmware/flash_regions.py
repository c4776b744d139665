"""What lies where on the NOR flash: one table for firmware, bootloader and tools, all on sectors, slots on 64 KiB.

It is made for a chip of 8 MiB, and the log has all that is left of a larger one. Addresses never change once images
are out: what an older image wrote must be found by a newer one.
"""

from micropython import const

SECTOR = const(4096)  # drivers.nor_flash: SECTOR
#: How often in all is read what reads damaged, or blank where it need not be, before anything is erased or overwritten:
#: one reading may be wrong, and what the supply left near the threshold reads differently each time. What fits its
#: check in one of them was written so.
READINGS = const(3)
#: The image that runs, and the one that comes next or was before; then how far their exchange is.
SLOT_A_AT = const(0)
SLOT_B_AT = const(0x100000)
SLOT_BYTES = const(0x100000)
SWAP_AT = const(0x200000)
SWAP_BYTES = const(0x10000)
SETTINGS_AT = const(0x210000)
SETTINGS_BYTES = const(0x10000)
#: Behind the two copies of the settings, two sectors in which starts are counted.
STARTS_AT = const(0x212000)
#: Then the journal of alarms.
ALARM_AT = const(0x214000)
ALARM_SECTORS = const(4)
FILES_AT = const(0x220000)
FILES_BYTES = const(0x60000)
#: The log, up to the chip's end.
LOG_AT = const(0x280000)
#: Bytes of the smallest chip that has all regions, with 2 MiB of log at least.
LEAST_BYTES = const(0x400000)


def log_sectors(size: int) -> int:
    """Sectors of the log on a chip of `size` bytes; 0 where the chip is too small for the table."""
    return (size - LOG_AT) // SECTOR if size >= LEAST_BYTES else 0
