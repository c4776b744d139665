"""A GNSS receiver on a UART: its NMEA sentences, and whether its position can be trusted."""
