"""How fast Usher is, measured against limits of nature and against peers in the same run: `python -m tests.bench`."""
