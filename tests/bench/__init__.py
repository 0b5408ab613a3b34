"""`make bench`: speed and memory, each figure beside its baseline in the same run."""
