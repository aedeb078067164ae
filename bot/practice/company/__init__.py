"""The practice company "Lumen Works": people, and the systems they reach, on this machine only."""
