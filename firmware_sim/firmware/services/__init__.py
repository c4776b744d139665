"""Links to the host, sessions on them, and GATT."""
