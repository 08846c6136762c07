"""Evidence packs: all that shows what happened in a community in some days, in one file.

A stranger checks it without us: every transfer is proven in the signed log, every wallet and award
is held against the transfers, every signature of shops, association and community against its
chain. People stand in it by the numbers of their booklets alone.
"""
