"""``python -m matcher`` is ``match``."""

from matcher.cli import main

if __name__ == "__main__":
    main()
