"""Training rows: the mixer and the extractor that make them, the files that hold them, the readers of those files."""
