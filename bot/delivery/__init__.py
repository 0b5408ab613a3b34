"""Messages that the assistant sends unasked: kept first, sent once, tried again where that helps."""
