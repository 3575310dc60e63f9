"""The registered tasks by family: each module holds builders by name and the names that make its suites."""
