"""Complete programs that use slm_instrument."""
