"""Usher's front door: `python app.py --help` tells what it can do."""

from bot.cli import main

if __name__ == "__main__":
    main()
