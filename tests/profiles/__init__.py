"""What each value of the five profiles makes the portal do, in the county whose profile it is.

One test for a value, run in every county; what is expected of each, with the article that says so, stands in a table
beside the test, written by hand from the regulation and never read from a profile.
"""
