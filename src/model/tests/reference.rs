//! Coefficients and scores are scikit-learn's, to 1e-6.

use polars::prelude::*;
use serde_json::Value;

use super::*;

fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect()
}

#[track_caller]
fn close(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() <= 1e-6, "{what}: {a} where scikit-learn has {b}");
    }
}

#[track_caller]
fn agrees(frame: &DataFrame, recipe: Recipe, target: &str, case: &Value) {
    let name = case["parameters"].to_string();
    let model = fitting(recipe, target, &settings(&case["parameters"]))
        .run(frame, &Progress::default())
        .unwrap();
    assert_eq!(model.warnings(), [], "{name}");
    let terms: Vec<&str> = case["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_str().unwrap())
        .collect();
    assert_eq!(model.recipe().terms().collect::<Vec<_>>(), terms, "{name}");
    let Coefficients { weights, intercepts } = model.linear().unwrap().coefficients;
    close(intercepts, &numbers(&case["intercepts"]), &name);
    for (ours, theirs) in weights.iter().zip(case["coefficients"].as_array().unwrap()) {
        close(ours, &numbers(theirs), &name);
    }
    let (evaluation, _) = model.evaluate(frame).unwrap();
    let scores = &case["scores"];
    assert_eq!(evaluation.n() as u64, scores["n"].as_u64().unwrap());
    assert_eq!(
        serde_json::to_value(&evaluation.classification().unwrap().confusion).unwrap(),
        scores["confusion"],
        "{name}"
    );
    for (figure, value) in evaluation.figures() {
        close(
            &[value.unwrap()],
            &[scores[figure].as_f64().unwrap()],
            &format!("{name} {figure}"),
        );
    }
}

/// Reads scikit-learn's parameters; the keys of a dict of weights are text in JSON.
fn settings(parameters: &Value) -> Settings {
    let setting = |value: &Value| match value {
        Value::Null => Setting::Nothing,
        Value::Bool(flag) => Setting::Flag(*flag),
        Value::Number(number) => Setting::Number(number.as_f64().unwrap()),
        Value::String(text) => Setting::Text(text.clone()),
        Value::Object(weights) => Setting::Weights(
            weights
                .iter()
                .map(|(class, weight)| {
                    let class = class.parse().map_or(Class::Text(class.clone()), Class::Integer);
                    (class, weight.as_f64().unwrap())
                })
                .collect(),
        ),
        Value::Array(_) => unreachable!(),
    };
    parameters
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), setting(value)))
        .collect()
}

#[test]
fn two_classes_agree_with_scikit_learn() {
    let titanic = csv("datasets/titanic.csv");
    for case in reference("titanic")["cases"].as_array().unwrap() {
        let recipe = match case["parameters"].get("penalty") {
            None => titanic_recipe(),
            Some(_) => titanic_recipe()
                .one_hot("Embarked", Some("first"), "error")
                .unwrap(),
        };
        agrees(&titanic, recipe, "Survived", case);
    }
}

#[test]
fn three_classes_agree_with_scikit_learn() {
    let iris = csv("tests/reference/iris.csv");
    for case in reference("iris")["cases"].as_array().unwrap() {
        let recipe = recipe(&["sepal_length", "sepal_width", "petal_length", "petal_width"]);
        agrees(&iris, recipe, "species", case);
    }
}

#[test]
fn scaling_agrees_with_scikit_learn() {
    let scaled = recipe(&["Age", "Fare", "Pclass"])
        .impute("Age", "mean", None)
        .and_then(|recipe| recipe.standardize("Age"))
        .and_then(|recipe| recipe.min_max("Fare"))
        .and_then(|recipe| recipe.one_hot("Pclass", None, "error"))
        .unwrap();
    agrees(
        &csv("datasets/titanic.csv"),
        scaled,
        "Survived",
        &reference("titanic")["scaled"],
    );
}

#[test]
fn one_outlier_does_not_ruin_three_classes() {
    let iris = csv("tests/reference/iris.csv");
    let width = iris
        .column("petal_width")
        .unwrap()
        .f64()
        .unwrap()
        .iter()
        .flatten();
    let width: Vec<f64> = width
        .enumerate()
        .map(|(row, width)| if row == 0 { 1e9 } else { width })
        .collect();
    let mut outlier = iris.clone();
    outlier
        .with_column(Column::new("petal_width".into(), width))
        .unwrap();
    let recipe = recipe(&["sepal_length", "sepal_width", "petal_length", "petal_width"]);
    let model = fit(&outlier, recipe, "species").unwrap();
    assert_eq!(model.warnings(), []);
    let accuracy = model.metrics().unwrap().classification().unwrap().accuracy;
    assert!(accuracy > 0.95, "{accuracy}");
}

#[test]
fn an_ordinary_recipe_predicts_a_hold_out() {
    let titanic = csv("datasets/titanic.csv");
    let shuffled = titanic
        .sample_n_literal(titanic.height(), false, Some(true), Some(7))
        .unwrap();
    let (train, test) = (shuffled.head(Some(712)), shuffled.slice(712, 179));
    let model = fit(&train, titanic_recipe(), "Survived").unwrap();
    let accuracy = model.score(&test).unwrap();
    assert!(accuracy > 0.77, "{accuracy}");
}
