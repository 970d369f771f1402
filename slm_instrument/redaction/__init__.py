"""What is personal or secret, taken out of recorded calls before anything is written.

Here is stage one: deterministic recognisers, fast enough for the writer. Names and the like are stage two
(``slm_instrument.privacy``). :func:`slm_instrument.redaction.redactor.redact` is the only way in.
"""
