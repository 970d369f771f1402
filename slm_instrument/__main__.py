"""``python -m slm_instrument``: the command line."""

from slm_instrument.cli import main

main()
