"""ESP32-S3: see docs/boards.md. Not run on hardware yet."""

from . import reference


class Wiring(reference.Wiring):
    """Any pin will do on this chip; UART0 is the console's, SPI 1 and 2 are free."""

    sda = 8
    scl = 9
    sck = 12
    mosi = 11
    miso = 13
    ecg_cs = 10
    ecg_start = 14
    ecg_drdy = 21
    flash_sck = 5
    flash_mosi = 6
    flash_miso = 7
    flash_cs = 4
    spi_ecg = 1
    spi_flash = 2
    uart_host = 1
    uart_more = {"rxbuf": 1024, "tx": 17, "rx": 18}


class Board(reference.Board):
    """As the reference board; this port's pin interrupts are soft."""

    wiring = Wiring
    name = "esp32s3"
    processor = "xtensa-lx7"
    has_own_files = True
