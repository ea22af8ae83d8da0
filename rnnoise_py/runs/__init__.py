"""What every long run needs: files that appear whole, locks, progress, provenance, disk space, worker processes."""
