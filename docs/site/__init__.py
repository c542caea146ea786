"""The documentation as a site: `python -m docs.site` builds it strictly, and checks what was built.

The pages are those of docs/, plain Markdown; what the code knows itself (commands, public names,
workloads, engines ...) is written by `reference` at every build and kept nowhere. The navigation is
the map in docs/index.md.
"""
