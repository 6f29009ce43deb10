"""The tests: one module per module of the package, real HTTP over loopback instead of mocks."""
