"""laptime: how well does this machine train neural networks?"""

__version__ = "0.1.0"
