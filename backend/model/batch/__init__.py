"""Calls at half price: a file of them, which a provider answers within a day by OpenAI's Batch API.

The gateway hands a line in as it would make a call, and has its answer when the batch is over. What is kept of it
in the state's database is no text: which line is in which batch. The line itself, and where its answer belongs, come of
the same task again.
"""
