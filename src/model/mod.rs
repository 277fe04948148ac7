//! Recipes (preprocessing), estimators, metrics, and saved models.
/// stub
#[derive(Debug)]
pub struct Model;
/// stub
#[derive(Debug)]
pub struct Evaluation;
