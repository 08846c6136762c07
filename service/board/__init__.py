"""The board: what an association's shops did today, what waits, and the batches behind it.

Read-only, like the reports: its SQL may join any slice's tables, and nothing below it needs it. An
association sees its own shops, a secretary the community's, an auditor those of the sub-district;
nobody sees a volunteer here.
"""
