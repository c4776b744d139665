"""What is said over the bridge: request codes. The pipes themselves are in cmodules/emulated/bridge."""

from micropython import const

HELLO = const(1)  # the core has started; answered by what to run
EVENT_DONE = const(2)  # an interrupt or event was served
IDLE = const(3)  # nothing to do for `arg` µs, or until there is input
SLEEP = const(4)  # nothing to do for `arg` µs
PIN = const(10)  # posted: drive pin `handle` to `arg`
PIN_LEVEL = const(11)
SPI = const(12)  # read (arg: the byte sent meanwhile), or write with or without reading (arg: SPI_WRITES)
SPI_WRITES = const(0x100)
I2C_READ = const(13)  # arg: address << 16 | register
I2C_WRITE = const(14)
UART_READ = const(15)
UART_WRITE = const(16)
UART_ANY = const(17)
FILE_READ = const(18)
FILE_WRITE = const(19)
NOTIFY = const(21)  # to connection `handle`, of characteristic `arg`
FEED = const(20)  # posted: the watchdog
CALL = const(30)  # any other method of any other object
DIED = const(31)  # the firmware ended by an exception

# kinds of reply, as in cmodules/emulated/bridge/bridge.h
REPLY_DONE = const(0)
REPLY_ERROR = const(1)
REPLY_INTERRUPT = const(2)
REPLY_EVENT = const(3)

#: bytes before each payload, and most bytes of a payload
HEADER = const(8)
LARGEST = const(4096)
