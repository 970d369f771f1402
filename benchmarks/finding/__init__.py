"""Parts of the benchmarks of task discovery: labelled logs, other methods, scores."""
