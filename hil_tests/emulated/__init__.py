"""What only an emulated core can show: the same results, and that whatever goes wrong is told and cleaned up."""
