"""Scripts and commands run as runs: submitted, waited for, ended."""
