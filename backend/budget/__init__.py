"""Budgets: what calls cost, how fast a rule may make them, and how much it may spend by day and month.

The gateway passes `meter.Meter`; `prices` and `rates` stand alone.
"""
