"""What the program costs, measured against peers in the same run: ``make bench``.

Not tests: nothing fails when a target is missed, it says so. CPU is user plus system time of
the measured process, from the operating system; the best of several runs counts, because
noise on a shared machine only ever adds.
"""
