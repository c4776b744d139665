"""Raspberry Pi Pico 2 W (RP2350): see docs/boards.md. Not run on hardware yet."""

from . import reference


class Wiring(reference.Wiring):
    """I2C0, SPI0, SPI1 and UART0 on the pins that this chip has them on; the REPL is on USB."""

    sck = 18
    mosi = 19
    miso = 16
    ecg_cs = 17
    ecg_start = 20
    ecg_drdy = 21
    flash_sck = 10
    flash_mosi = 11
    flash_miso = 12
    flash_cs = 13
    uart_more = {"rxbuf": 1024, "tx": 0, "rx": 1}


class Board(reference.Board):
    """As the reference board."""

    wiring = Wiring
    name = "rp2350"
    processor = "cortex-m33"
    has_own_files = True
