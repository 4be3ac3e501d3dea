"""What is captured of a run without a call: its environment, its output, the machine, its output folders."""
