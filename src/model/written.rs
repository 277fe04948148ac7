//! How recipes and estimators are written down: as a cell would call them.
//!
//! Records and caches know them by this text, so nothing of it comes from the names of types and fields.

use std::fmt;

/// A text in double quotes, as a cell would write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                letter if letter.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(letter))?,
                letter => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}

/// Items between brackets, with commas.
pub(super) fn list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::model::{Class, Filler, Recipe, Setting, Settings, estimator};

    #[test]
    fn a_recipe_is_written_as_it_would_be_called() {
        let features = ["Age", "log1p(Fare)", "\"odd\\name\"", "two\nlines"];
        let recipe = Recipe::new(features.map(str::to_owned).into()).unwrap();
        let recipe = recipe
            .impute("Age", "constant", Some(Filler::Number(28.0)))
            .unwrap();
        let recipe = recipe.impute("log1p(Fare)", "median", None).unwrap();
        let recipe = recipe.one_hot("Age", Some("if_binary"), "error").unwrap();
        let recipe = recipe.standardize("Age").unwrap().min_max("log1p(Fare)").unwrap();
        assert_eq!(
            recipe.to_string(),
            r#"Recipe(["Age", "log1p(Fare)", "\"odd\\name\"", "two\nlines"])"#.to_owned()
                + r#".impute("Age", strategy="constant", fill_value=28).impute("log1p(Fare)", strategy="median")"#
                + r#".one_hot("Age", drop="if_binary", handle_unknown="error").standardize("Age").min_max("log1p(Fare)")"#
        );
    }

    #[test]
    fn an_estimator_is_written_with_all_its_settings() {
        let weights = Setting::Weights(vec![
            (Class::Text("a \"b\"".to_owned()), 1.0),
            (Class::Integer(1), 0.5),
        ]);
        let settings = Settings::from([("class_weight".to_owned(), weights)]);
        let made = estimator("LogisticRegression").unwrap().make(&settings).unwrap();
        assert_eq!(
            made.written(),
            r#"LogisticRegression(C=1.0, class_weight={"a \"b\"": 1.0, 1: 0.5}, fit_intercept=True, max_iter=100, "#.to_owned()
                + r#"penalty="l2", solver="lbfgs", tol=1e-8)"#
        );
    }
}
