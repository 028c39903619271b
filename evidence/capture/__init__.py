"""Web capture: a browser that is shut in visits one page; what it got becomes an exhibit, and what it missed is said.

`proxy` and `inside` run as programs of their own without Django, secrets or database; `judge` is pure.
"""
