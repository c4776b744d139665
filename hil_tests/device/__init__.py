"""The device suite: what every device must do, over every link, across processes."""
