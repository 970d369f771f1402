"""Parts of the benchmark of substitution: the student, what is asked of it, and the LLM beside it."""
