"""Which model is better: metrics, recordings with their references, and the report that shows them.

:mod:`.metrics` holds pure functions of arrays; :mod:`.compare` runs models over recordings; :mod:`.page` makes
one HTML file of the result.
"""
