"""The BLE peripheral: what it advertises, its links, its standard services."""
