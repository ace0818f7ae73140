"""How well predictions do beside what people annotated, for every task type whose results can be compared."""
