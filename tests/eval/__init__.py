"""`make eval`: how well questions are understood and answered, beside baselines in the same run."""
