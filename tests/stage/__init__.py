"""The stage: whole journeys with real parts, for the demo, for playing by hand and for the tests."""
