"""The parts of the benchmark of students: logs, training as a user would, and figures on calls never trained on."""
