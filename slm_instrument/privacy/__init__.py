"""What is done for people's sake with calls that are stored already.

Stage one of redaction has run by then (``slm_instrument.redaction``). Here are names, places, dates and health data
(:mod:`~slm_instrument.privacy.names`, extra ``[privacy]``), and :mod:`~slm_instrument.privacy.paraphrase`, which puts
other people and numbers in a text. Nothing here opens a connection.
"""
