"""Which machine for a use: what is known of each, who is better in nothing, and what is not known.

The question is a mix of workloads (`uses`). The machines are those of published figures and of the
user's own records (`candidates`), with prices that have a date (`prices`). The answer (`answer`) is
never one winner: it is the set of those that no other one beats in speed, price and power at once
(`choice`), the step from each to the next, and what nobody knows.
"""
