"""`vitalband evaluate`: published recordings through the device, scored against what experts said of them."""
