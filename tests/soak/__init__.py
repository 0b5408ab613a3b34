"""`make soak`: half an hour of made-up farmers, while memory, open files and errors are watched."""
