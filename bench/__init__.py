"""`make bench`: how fast, measured as ratios to a bare Flask view in the same run. See docs/performance.md."""
