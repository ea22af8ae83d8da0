"""Speed of the kernels and of the whole extractor; ``make bench`` prints one table."""
