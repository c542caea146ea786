"""For all tests: property tests are about what is true, not about how fast a busy machine is."""

from hypothesis import settings

settings.register_profile("laptime", deadline=None)
settings.load_profile("laptime")
