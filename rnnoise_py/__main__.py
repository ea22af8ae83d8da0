"""``python -m rnnoise_py``."""

from rnnoise_py.cli import main

if __name__ == "__main__":
    main()
