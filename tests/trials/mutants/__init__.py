"""`make mutants`: would the tests notice a mistake? A mutant is one small mistake."""
