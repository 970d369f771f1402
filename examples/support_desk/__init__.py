"""A LangChain agent for customer messages, taken through the whole loop. Run ``python -m examples.support_desk``."""
