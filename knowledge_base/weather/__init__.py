"""Weather forecasts: where they come from, how long they are kept, and where places lie."""
