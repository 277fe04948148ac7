//! Recipes (preprocessing), estimators, metrics, and saved models.
