"""Phones that were bound in person: at most two of a volunteer's own, and one of a relative's.

A claim is made by who stands beside: it is a code to scan and four digits to type, for five
minutes, for one phone. An own phone gets a session of 30 days and a pass of its own, so that a lost
one is shut out alone. A relative's phone gets a pass for less (代办) and no sign-in at all.
"""
