"""Written words: dialect, numbers, pinyin."""
