"""Month by month: what a volunteer, team, activity, shop, community or sub-district comes to.

Every statement goes from an opening to a closing, and each of its figures can be opened.
"""
