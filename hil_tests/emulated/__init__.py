"""What only an emulated core can show: the same results, and that every fault is reported and cleaned up."""
