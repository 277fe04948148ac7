//! Every task goes the same way: made by name, fitted, predicting, evaluated, saved and loaded.
//!
//! The estimators are each one file beside this one and one line in the list, as any other.

use super::*;

/// Six rows in two groups.
fn rows() -> DataFrame {
    df!(
        "x" => [1.0, 2.0, 3.0, 11.0, 12.0, 16.0],
        "kind" => ["a", "a", "a", "b", "b", "b"],
        "y" => [1.0, 2.0, 3.0, 4.0, 5.0, 9.0],
    )
    .unwrap()
}

fn fitted(name: &str, target: Option<&str>) -> FittedModel {
    fit_of(name, target).unwrap()
}

fn fit_of(name: &str, target: Option<&str>) -> Result<FittedModel, ModelError> {
    fitting_of(name, target).run(&rows(), &Progress::default())
}

fn fitting_of(name: &str, target: Option<&str>) -> Fitting {
    Fitting {
        estimator: estimator(name).unwrap().make(&Settings::new()).unwrap(),
        recipe: recipe(&["x"]),
        target: target.map(str::to_owned),
        provenance: Provenance::default(),
    }
}

/// Predicts, and returns what was added to the frame.
fn added(model: &FittedModel) -> String {
    let scored = model.predict(&rows(), "said", None).unwrap().frame;
    scored.drop_many(["x", "kind", "y"]).to_string()
}

const ALL: [(&str, Option<&str>); 4] = [
    ("LogisticRegression", Some("kind")),
    ("MeanRegressor", Some("y")),
    ("NearestMeans", None),
    ("MaxAbsScaler", None),
];

#[test]
fn a_model_of_each_task_says_something_of_each_row() {
    let said: Vec<String> = ALL
        .iter()
        .map(|(name, target)| {
            let scored = fitted(name, *target)
                .predict(&rows(), "said", None)
                .unwrap()
                .frame;
            let last: Vec<String> = scored
                .columns()
                .iter()
                .skip(3)
                .map(|column| format!("{} = {}", column.name(), column.get(5).unwrap()))
                .collect();
            format!("{name}: {}", last.join(", "))
        })
        .collect();
    assert_eq!(
        said.join("\n"),
        "LogisticRegression: said = \"b\", probability = 0.998554\n\
         MeanRegressor: said = 4.0\n\
         NearestMeans: said = 1\n\
         MaxAbsScaler: x_scaled = 1.0"
    );
}

#[test]
fn a_model_of_each_task_is_the_same_when_it_is_saved_and_loaded() {
    for (name, target) in ALL {
        let model = fitted(name, target);
        let text = model.to_ron().unwrap();
        let again = FittedModel::from_ron(&text).unwrap();
        assert_eq!(again.to_ron().unwrap(), text, "{name}");
        assert_eq!(added(&again), added(&model), "{name}");
        assert_eq!(again.task(), model.task(), "{name}");
        assert_eq!(again.metrics(), model.metrics(), "{name}");
        assert_eq!(again.estimator().to_string(), format!("{name}()"));
    }
}

#[test]
fn a_saved_model_holds_what_its_task_has() {
    assert_eq!(
        fitted("NearestMeans", None).to_ron().unwrap(),
        r#"(
  format: "sheaf-model",
  version: 1,
  estimator: "NearestMeans",
  settings: {
    "n_clusters": Integer(2),
  },
  recipe: (
    columns: {
      "x": Float64,
    },
    features: [
      (
        name: "x",
        source: Column("x"),
        steps: [],
        terms: [
          "x",
        ],
      ),
    ],
  ),
  learnt: (
    means: [
      [
        2.0,
      ],
      [
        13.0,
      ],
    ],
  ),
  rows: 6,
  provenance: (
    inputs: [],
  ),
)
"#
    );
    let regressor = fitted("MeanRegressor", Some("y")).to_ron().unwrap();
    let metrics = regressor.split_once("  metrics: ").unwrap().1;
    assert!(
        metrics.starts_with("(\n    n: 6,\n    r2: Some(0.0),\n    mae: 2.0,\n    rmse: 2.58"),
        "{regressor}"
    );
    assert!(regressor.contains("  target: \"y\",\n  target_type: Float64,\n  recipe: ("));
}

#[test]
fn a_damaged_model_of_any_task_is_refused() {
    let refused = |(name, target): (&str, Option<&str>), from: &str, to: &str| {
        let text = fitted(name, target).to_ron().unwrap();
        assert!(text.contains(from), "{text}");
        let error = FittedModel::from_ron(&text.replacen(from, to, 1)).err().unwrap();
        error.to_string()
    };
    assert_eq!(
        refused(ALL[1], "weights: [\n      [", "weights: [\n      [\n        1.0,"),
        "the model is inconsistent: it has 2 coefficients for 1 terms"
    );
    assert_eq!(
        refused(ALL[1], "  target: \"y\",\n", ""),
        "the model is inconsistent: it has no target"
    );
    assert_eq!(
        refused(ALL[1], "target_type: Float64", "target_type: String"),
        "the model is inconsistent: the target is of the type str, which is no number"
    );
    assert_eq!(
        refused(ALL[1], "mae: 2.0", "mae: NaN"),
        "the model is inconsistent: its metrics are not finite"
    );
    assert_eq!(
        refused(ALL[2], "        2.0,\n", ""),
        "the model is inconsistent: a mean is not of 1 terms"
    );
    assert_eq!(
        refused(ALL[3], "      16.0,\n", "      16.0,\n      2.0,\n"),
        "the model is inconsistent: it has 2 scales for 1 terms"
    );
}

#[test]
fn a_model_is_asked_only_what_its_task_can_tell() {
    let models: Vec<FittedModel> = ALL.iter().map(|(name, target)| fitted(name, *target)).collect();
    let rows = rows();
    let mut answers = Vec::new();
    for model in &models {
        let name = model.estimator().name();
        let mut tell = |what: &str, answer: Result<String, ModelError>| {
            answers.push(format!(
                "{name}.{what}: {}",
                answer.unwrap_or_else(|error| error.to_string())
            ));
        };
        tell("score", model.score(&rows).map(|score| format!("{score:.4}")));
        tell(
            "predict_proba",
            model
                .predict_proba(&rows)
                .map(|made| made.frame.width().to_string()),
        );
        tell(
            "predict(probability=…)",
            model
                .predict(&rows, "said", Some("chance"))
                .map(|made| made.frame.width().to_string()),
        );
        tell(
            "coefficients",
            model
                .coefficients()
                .map(|table| table.get_column_names().len().to_string()),
        );
        tell("plot.roc", model.roc(&rows).map(|(plot, _)| plot.title));
        tell(
            "plot.coefficients",
            model.coefficient_plot().map(|plot| plot.y.label),
        );
    }
    assert_eq!(
        answers.join("\n"),
        "\
LogisticRegression.score: 1.0000
LogisticRegression.predict_proba: 2
LogisticRegression.predict(probability=…): 5
LogisticRegression.coefficients: 3
LogisticRegression.plot.roc: ROC of kind
LogisticRegression.plot.coefficients: coefficient (log odds)
MeanRegressor.score: 0.0000
MeanRegressor.predict_proba: `predict_proba` needs a classifier; this is a regressor
MeanRegressor.predict(probability=…): `probability` needs a classifier; this is a regressor
MeanRegressor.coefficients: 2
MeanRegressor.plot.roc: `plot.roc` needs a classifier; this is a regressor
MeanRegressor.plot.coefficients: coefficient
NearestMeans.score: `evaluate` needs a classifier or a regressor; this is a clusterer
NearestMeans.predict_proba: `predict_proba` needs a classifier; this is a clusterer
NearestMeans.predict(probability=…): `probability` needs a classifier; this is a clusterer
NearestMeans.coefficients: `coefficients` needs a linear model, and NearestMeans is none
NearestMeans.plot.roc: `plot.roc` needs a classifier; this is a clusterer
NearestMeans.plot.coefficients: `plot.coefficients` needs a linear model, and NearestMeans is none
MaxAbsScaler.score: `evaluate` needs a classifier or a regressor; this is a transformer
MaxAbsScaler.predict_proba: `predict_proba` needs a classifier; this is a transformer
MaxAbsScaler.predict(probability=…): `probability` needs a classifier; this is a transformer
MaxAbsScaler.coefficients: `coefficients` needs a linear model, and MaxAbsScaler is none
MaxAbsScaler.plot.roc: `plot.roc` needs a classifier; this is a transformer
MaxAbsScaler.plot.coefficients: `plot.coefficients` needs a linear model, and MaxAbsScaler is none"
    );
}

#[test]
fn a_target_is_given_where_the_task_has_one() {
    let cases = [
        (
            shown(fit_of("MeanRegressor", None)),
            "MeanRegressor is a regressor, and needs a target to learn\n\
             name the column, as in fit(df, target=\"y\", features=[…])",
        ),
        (
            shown(fit_of("LogisticRegression", None)),
            "LogisticRegression is a classifier, and needs a target to learn\n\
             name the column, as in fit(df, target=\"y\", features=[…])",
        ),
        (
            shown(fit_of("NearestMeans", Some("y"))),
            "NearestMeans is a clusterer, which learns without a target, and \"y\" is given\nwrite target=None",
        ),
        (
            shown(fit_of("MeanRegressor", Some("kind"))),
            "the target \"kind\" has the type str; a regressor learns numbers\ncast it to a number",
        ),
        (
            shown(fit_of("MeanRegressor", Some("x"))),
            "the target \"x\" is also read by the feature \"x\"\nleave it out of the features",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    let rows = df!("x" => [1.0, 2.0], "y" => [1.0, f64::INFINITY]).unwrap();
    let fitting = fitting_of("MeanRegressor", Some("y"));
    assert_eq!(
        shown(fitting.run(&rows, &Progress::default())),
        "the target \"y\" has the value inf, which is not finite\nfilter those rows out"
    );
    let flat = df!("x" => [1.0, 2.0], "y" => [3, 3]).unwrap();
    let model = fitting.run(&flat, &Progress::default()).unwrap();
    assert_eq!(
        shown(model.score(&flat)),
        "r2 is not defined: the target is the same in every row\nscore rows whose target differs"
    );
}
