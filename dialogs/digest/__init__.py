"""What is sent in the morning: the day's weather, what the season asks for, the prices that are watched."""
