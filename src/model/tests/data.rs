//! What a fit and a scoring make of their data, good and bad.

use polars::prelude::*;

use super::*;

#[test]
fn predictions_keep_the_frame_and_the_target_type() {
    let model = titanic_model();
    let scored = model
        .predict(&csv("datasets/titanic.csv").head(Some(3)), "prediction", None)
        .unwrap();
    assert_eq!(scored.warnings, []);
    assert_eq!(scored.frame.width(), 14);
    assert_eq!(
        scored.frame.column("prediction").unwrap().dtype(),
        &DataType::Int64
    );
    let shown: Vec<String> = scored
        .frame
        .column("probability")
        .unwrap()
        .f64()
        .unwrap()
        .iter()
        .flatten()
        .map(|p| format!("{p:.4}"))
        .collect();
    assert_eq!(shown, ["0.0914", "0.9152", "0.6192"]);
    let both = model
        .predict_proba(&csv("datasets/titanic.csv").head(Some(1)))
        .unwrap()
        .frame;
    assert_eq!(both.get_column_names(), ["probability_0", "probability_1"]);
}

#[test]
fn features_may_be_expressions_of_their_own_row() {
    let titanic = csv("datasets/titanic.csv");
    let model = fit(
        &titanic,
        recipe(&["log1p(Fare)", "SibSp + Parch", "Age IS NULL"]),
        "Survived",
    )
    .unwrap();
    assert_eq!(
        model.recipe().terms().collect::<Vec<_>>(),
        ["log1p(Fare)", "SibSp + Parch", "Age IS NULL"]
    );
    assert_eq!(
        model.recipe().columns().keys().collect::<Vec<_>>(),
        ["Age", "Fare", "Parch", "SibSp"]
    );
}

#[test]
fn bad_recipes_say_what_to_write() {
    let titanic = csv("datasets/titanic.csv");
    let cases = [
        (
            shown(recipe(&["Age", "Sex"]).standardize("Agee")),
            "standardize is for \"Agee\", which is not one of the recipe's features (Age, Sex)\ndid you mean \"Age\"?",
        ),
        (
            shown(recipe(&["Age"]).impute("Age", "medain", None)),
            "impute has no strategy \"medain\"; there are \"mean\", \"median\", \"most_frequent\", \"constant\"\n\
             did you mean \"median\"?",
        ),
        (
            shown(fit(&titanic, recipe(&["Pclass", "Age", "Embarked"]), "Survived")),
            "there are nulls in Age (177 rows), Embarked (2 rows)\n\
             add .impute(\"Age\", strategy=\"median\").impute(\"Embarked\", strategy=\"most_frequent\") to the recipe \
             the model is fitted with, or drop the rows with .drop_nulls([\"Age\", \"Embarked\"])",
        ),
        (
            shown(fit(&titanic, recipe(&["Fair"]), "Survived")),
            "the feature \"Fair\" reads the column \"Fair\", which the frame does not have\ndid you mean \"Fare\"?",
        ),
        (
            shown(fit(&titanic, recipe(&["Fare - avg(Fare)"]), "Survived")),
            "the feature \"Fare - avg(Fare)\" cannot be used: it reads rows other than its own\n\
             a feature is a column or an SQL expression over columns of its own row, such as \"log1p(Fare)\"",
        ),
        (
            shown(fit(
                &titanic,
                recipe(&["Parch * CAST('inf' AS DOUBLE)"]),
                "Survived",
            )),
            "there are infinite values or NaN in Parch * CAST('inf' AS DOUBLE) (891 rows)\n\
             filter those rows out, or make the values null and impute them",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn bad_targets_say_what_is_wrong() {
    let titanic = csv("datasets/titanic.csv");
    let only = |n: usize| titanic.head(Some(n));
    let dead = titanic
        .clone()
        .lazy()
        .filter(col("Survived").eq(lit(0)))
        .collect()
        .unwrap();
    let cases = [
        (
            shown(fit(&only(0), recipe(&["Fare"]), "Survived")),
            "there are no rows\ncheck the filter before it, and df.shape",
        ),
        (
            shown(fit(&dead, recipe(&["Fare"]), "Survived")),
            "all 549 rows are of one class, Survived = 0\na model needs rows of at least two classes",
        ),
        (
            shown(fit(&titanic, recipe(&["Fare"]), "Survive")),
            "the frame has no target column \"Survive\"\ndid you mean \"Survived\"?",
        ),
        (
            shown(fit(&titanic, recipe(&["Survived * 2"]), "Survived")),
            "the target \"Survived\" is also read by the feature \"Survived * 2\"\nleave it out of the features",
        ),
        (
            shown(fit(&titanic, recipe(&["Survived"]), "Fare")),
            "the target \"Fare\" has values such as 7.25, so it is an amount, not a class\n\
             turn it into classes, as in with_columns(Fare=\"Fare > 0.5\")",
        ),
        (
            shown(fit(&titanic, recipe(&["Fare"]), "Embarked")),
            "the target \"Embarked\" is null in 2 rows\ndrop those rows with .drop_nulls([\"Embarked\"])",
        ),
        (
            shown(fit(&titanic, recipe(&["Fare"]), "Name")),
            "the target \"Name\" has 891 different values; a model takes at most 100 classes\n\
             is it an identifier? group its values first",
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_poor_fit_is_said() {
    let frame =
        df!("x" => [1.0, 2.0, 3.0, 4.0], "same" => [5, 5, 5, 5], "y" => ["a", "a", "b", "b"]).unwrap();
    let free = Settings::from([("penalty".into(), Setting::Nothing)]);
    let warnings = fitting(recipe(&["x", "same"]), "y", &free)
        .run(&frame, &Progress::default())
        .unwrap()
        .warnings;
    assert!(
        matches!(&warnings[..], [Warning::ConstantTerms(terms), Warning::PerfectSeparation { .. }] if terms == &["same"]),
        "{warnings:?}"
    );
    let hasty = Settings::from([("max_iter".into(), Setting::Integer(1))]);
    let model = fitting(titanic_recipe(), "Survived", &hasty)
        .run(&csv("datasets/titanic.csv"), &Progress::default())
        .unwrap();
    assert!(
        matches!(model.warnings(), [Warning::NotConverged { max_iter: 1, .. }]),
        "{:?}",
        model.warnings()
    );
}

#[test]
fn unchecked_parameters_do_not_fit() {
    let entry = estimator("LogisticRegression").unwrap();
    let cases = [
        (
            "C",
            Setting::Number(0.0),
            "LogisticRegression: C is 0, and it must be a number above 0",
        ),
        (
            "penalty",
            Setting::Text("l1".into()),
            "LogisticRegression: penalty is \"l1\", and it must be \"l2\" or None",
        ),
        (
            "max_iter",
            Setting::Integer(0),
            "LogisticRegression: max_iter is 0, and it must be a whole number, 1 or more",
        ),
        (
            "tol",
            Setting::Text("x".into()),
            "LogisticRegression: tol is \"x\", and it must be a number above 0",
        ),
        (
            "penalti",
            Setting::Nothing,
            "LogisticRegression has no parameter penalti; it has penalty, C, fit_intercept, class_weight, max_iter, tol, \
             solver",
        ),
    ];
    for (name, setting, expected) in cases {
        let error = entry
            .make(&Settings::from([(name.to_owned(), setting)]))
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn scoring_names_every_column_that_does_not_fit() {
    let model = titanic_model();
    let wrong = csv("datasets/titanic.csv")
        .lazy()
        .rename(["SibSp"], ["Sibsp"], true)
        .with_columns([
            col("Sex").eq(lit("male")).alias("Sex"),
            col("Pclass").cast(DataType::Float64),
        ])
        .collect()
        .unwrap();
    assert_eq!(
        shown(model.predict(&wrong, "prediction", None)),
        "the frame does not fit the model: Sex is bool where str is expected, SibSp (i64) is missing\n\
         rename \"Sibsp\" to \"SibSp\""
    );
    let scored = csv("datasets/titanic.csv");
    assert_eq!(
        shown(model.predict(&scored, "Age", None)),
        "the frame already has a column \"Age\"\n\
         set other names, as in predict(df, prediction=\"guess\", probability=\"chance\")"
    );
}

#[test]
fn unseen_categories_are_counted_or_refused() {
    let train = df!("port" => ["a", "b", "a", "b"], "y" => [0, 1, 1, 1]).unwrap();
    let score = df!("port" => ["a", "z", "q", "z"]).unwrap();
    let scored = fit(&train, recipe(&["port"]), "y")
        .unwrap()
        .predict(&score, "p", Some("q"))
        .unwrap();
    assert_eq!(
        scored.warnings.iter().map(Warning::to_string).collect::<Vec<_>>(),
        ["port: 3 rows with a category that training did not have (\"q\" × 1, \"z\" × 2)"]
    );
    let strict = recipe(&["port"]).one_hot("port", None, "error").unwrap();
    let refused = fit(&train, strict, "y").unwrap().predict(&score, "p", Some("q"));
    assert_eq!(
        shown(refused),
        "port: 3 rows with a category that training did not have (\"q\" × 1, \"z\" × 2)\n\
         fit with handle_unknown=\"ignore\", or filter those rows out"
    );
}

#[test]
fn a_feature_of_a_thousand_parts_is_refused_or_read_but_never_fatal() {
    let frame = df!("a" => [1, 2, 3], "y" => [0, 1, 0]).unwrap();
    for feature in [
        "a+".repeat(100_000) + "a",
        "(".repeat(100_000),
        "NOT ".repeat(100_000) + "a",
        "a+".repeat(900) + "a",
    ] {
        assert!(fit(&frame, recipe(&[&feature]), "y").is_err());
    }
    let long = "a+".repeat(100) + "a";
    assert!(fit(&frame, recipe(&[&long]), "y").is_ok());
}
