"""Click's suites, with the calls that Click makes and the likely causes of wrong answers."""
