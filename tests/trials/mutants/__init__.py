"""`make mutants`: would the tests notice a mistake? Each mutant is one small mistake."""
