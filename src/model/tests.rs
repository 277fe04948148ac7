//! Whole models: against scikit-learn's figures, on bad data, and through their files.

use polars::prelude::*;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::error::Problem;

fn csv(path: &str) -> DataFrame {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    CsvReadOptions::default().try_into_reader_with_file_path(Some(path.into())).unwrap().finish().unwrap()
}

fn reference(name: &str) -> Value {
    let path = format!("{}/tests/reference/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn recipe(features: &[&str]) -> Recipe {
    Recipe::new(features.iter().map(|feature| (*feature).to_owned()).collect()).unwrap()
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
    parameters.as_object().unwrap().iter().map(|(name, value)| (name.clone(), setting(value))).collect()
}

fn fitting(recipe: Recipe, target: &str, settings: &Settings) -> Fitting {
    let estimator = (estimator("LogisticRegression").unwrap().make)(settings).unwrap();
    Fitting { estimator, recipe, target: target.to_owned(), provenance: Provenance::default() }
}

fn fit(frame: &DataFrame, recipe: Recipe, target: &str) -> Result<FittedModel, ModelError> {
    fitting(recipe, target, &Settings::new()).run(frame)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
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
    let model = fitting(recipe, target, &settings(&case["parameters"])).run(frame).unwrap();
    assert_eq!(model.warnings(), [], "{name}");
    let terms: Vec<&str> = case["terms"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    assert_eq!(model.recipe().terms().collect::<Vec<_>>(), terms, "{name}");
    let Coefficients { weights, intercepts } = model.weights();
    close(intercepts, &numbers(&case["intercepts"]), &name);
    for (ours, theirs) in weights.iter().zip(case["coefficients"].as_array().unwrap()) {
        close(ours, &numbers(theirs), &name);
    }
    let (evaluation, _) = model.evaluate(frame).unwrap();
    let scores = &case["scores"];
    assert_eq!(evaluation.n as u64, scores["n"].as_u64().unwrap());
    assert_eq!(serde_json::to_value(&evaluation.confusion).unwrap(), scores["confusion"], "{name}");
    for (figure, value) in evaluation.figures() {
        close(&[value.unwrap()], &[scores[figure].as_f64().unwrap()], &format!("{name} {figure}"));
    }
}

fn titanic_recipe() -> Recipe {
    recipe(&["Pclass", "SibSp", "Parch", "Fare", "Age", "Sex", "Embarked"])
        .impute("Age", "median", None)
        .unwrap()
        .one_hot("Sex", Some("first"), "ignore")
        .unwrap()
        .impute("Embarked", "most_frequent", None)
        .unwrap()
}

fn titanic_model() -> FittedModel {
    fit(&csv("datasets/titanic.csv"), titanic_recipe(), "Survived").unwrap()
}

#[test]
fn two_classes_agree_with_scikit_learn() {
    let titanic = csv("datasets/titanic.csv");
    for case in reference("titanic")["cases"].as_array().unwrap() {
        let recipe = match case["parameters"].get("penalty") {
            None => titanic_recipe(),
            Some(_) => titanic_recipe().one_hot("Embarked", Some("first"), "error").unwrap(),
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
    agrees(&csv("datasets/titanic.csv"), scaled, "Survived", &reference("titanic")["scaled"]);
}

#[test]
fn one_outlier_does_not_ruin_three_classes() {
    let iris = csv("tests/reference/iris.csv");
    let outlier = iris.clone().lazy().with_columns([(col("petal_width") * lit(1e9)).alias("petal_width")]);
    let recipe = recipe(&["sepal_length", "sepal_width", "petal_length", "petal_width"]);
    let model = fitting(recipe, "species", &Settings::from([("penalty".into(), Setting::Text("l2".into()))]));
    let model = model.run(&outlier.collect().unwrap()).unwrap();
    assert_eq!(model.warnings(), []);
    assert!(model.metrics().accuracy > 0.96);
}

#[test]
fn an_ordinary_recipe_predicts_a_hold_out() {
    let titanic = csv("datasets/titanic.csv");
    let shuffled = titanic.sample_n_literal(titanic.height(), false, Some(true), Some(7)).unwrap();
    let (train, test) = (shuffled.head(Some(712)), shuffled.slice(712, 179));
    let model = fit(&train, titanic_recipe(), "Survived").unwrap();
    let accuracy = model.score(&test).unwrap();
    assert!(accuracy > 0.77, "{accuracy}");
}

#[test]
fn predictions_keep_the_frame_and_the_target_type() {
    let model = titanic_model();
    let scored = model.predict(&csv("datasets/titanic.csv").head(Some(3)), "prediction", "probability").unwrap();
    assert_eq!(scored.warnings, []);
    assert_eq!(scored.frame.width(), 14);
    assert_eq!(scored.frame.column("prediction").unwrap().dtype(), &DataType::Int64);
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
    assert_eq!(shown, ["0.0985", "0.9150", "0.6359"]);
    let both = model.predict_proba(&csv("datasets/titanic.csv").head(Some(1))).unwrap().frame;
    assert_eq!(both.get_column_names(), ["probability_0", "probability_1"]);
}

#[test]
fn features_may_be_expressions_of_their_own_row() {
    let titanic = csv("datasets/titanic.csv");
    let model = fit(&titanic, recipe(&["log1p(Fare)", "SibSp + Parch", "Age IS NULL"]), "Survived").unwrap();
    assert_eq!(model.recipe().terms().collect::<Vec<_>>(), ["log1p(Fare)", "SibSp + Parch", "Age IS NULL"]);
    assert_eq!(model.recipe().columns().keys().collect::<Vec<_>>(), ["Age", "Fare", "Parch", "SibSp"]);
}

/// Shows an error as a user sees it.
fn shown(result: Result<impl Sized, ModelError>) -> String {
    let error = result.err().unwrap();
    format!("{error}\n{}", error.hint().unwrap_or_default())
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
            "the feature \"Fare - avg(Fare)\" cannot be used: it looks at other rows than its own\n\
             a feature is a column or an SQL expression over columns of its own row, such as \"log1p(Fare)\"",
        ),
        (
            shown(fit(&titanic, recipe(&["log(Parch)"]), "Survived")),
            "there are infinite values or NaN in log(Parch) (678 rows)\n\
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
    let dead = titanic.clone().lazy().filter(col("Survived").eq(lit(0))).collect().unwrap();
    let cases = [
        (shown(fit(&only(0), recipe(&["Fare"]), "Survived")), "there are no rows\nlook at the filter before it, or at df.shape"),
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
            "the target \"Fare\" holds 7.25, so it is an amount, not a class\n\
             make classes of it, as in with_columns(Fare=\"Fare > 0.5\")",
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
    let frame = df!("x" => [1.0, 2.0, 3.0, 4.0], "same" => [5, 5, 5, 5], "y" => ["a", "a", "b", "b"]).unwrap();
    let free = Settings::from([("penalty".into(), Setting::Nothing)]);
    let warnings = fitting(recipe(&["x", "same"]), "y", &free).run(&frame).unwrap().warnings;
    assert!(
        matches!(&warnings[..], [Warning::ConstantTerms(terms), Warning::PerfectSeparation { .. }] if terms == &["same"]),
        "{warnings:?}"
    );
    let hasty = Settings::from([("max_iter".into(), Setting::Integer(1))]);
    let model = fitting(titanic_recipe(), "Survived", &hasty).run(&csv("datasets/titanic.csv")).unwrap();
    assert!(matches!(model.warnings(), [Warning::NotConverged { max_iter: 1, .. }]), "{:?}", model.warnings());
}

#[test]
fn unchecked_parameters_do_not_fit() {
    let make = estimator("LogisticRegression").unwrap().make;
    let cases = [
        ("C", Setting::Number(0.0), "LogisticRegression: C is 0, and it must be a number above 0"),
        ("penalty", Setting::Text("l1".into()), "LogisticRegression: penalty is \"l1\", and it must be \"l2\" or None"),
        ("max_iter", Setting::Integer(0), "LogisticRegression: max_iter is 0, and it must be 1 or more"),
        ("tol", Setting::Text("x".into()), "LogisticRegression: tol is \"x\", and it must be a number"),
        (
            "penalti",
            Setting::Nothing,
            "LogisticRegression has no parameter penalti; it has penalty, C, fit_intercept, class_weight, max_iter, tol, \
             solver",
        ),
    ];
    for (name, setting, expected) in cases {
        let error = make(&Settings::from([(name.to_owned(), setting)])).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn scoring_names_every_column_that_does_not_fit() {
    let model = titanic_model();
    let wrong = csv("datasets/titanic.csv")
        .lazy()
        .rename(["SibSp"], ["Sibsp"], true)
        .with_columns([col("Sex").eq(lit("male")).alias("Sex"), col("Pclass").cast(DataType::Float64)])
        .collect()
        .unwrap();
    assert_eq!(
        shown(model.predict(&wrong, "prediction", "probability")),
        "the frame does not fit the model: Sex is bool where str is expected, SibSp (i64) is missing\n\
         rename \"Sibsp\" to \"SibSp\""
    );
    let scored = csv("datasets/titanic.csv");
    assert_eq!(
        shown(model.predict(&scored, "Age", "probability")),
        "the frame already has a column \"Age\"\n\
         set other names, as in predict(df, prediction=\"guess\", probability=\"chance\")"
    );
}

#[test]
fn unseen_categories_are_counted_or_refused() {
    let train = df!("port" => ["a", "b", "a", "b"], "y" => [0, 1, 1, 1]).unwrap();
    let score = df!("port" => ["a", "z", "q", "z"]).unwrap();
    let scored = fit(&train, recipe(&["port"]), "y").unwrap().predict(&score, "p", "q").unwrap();
    assert_eq!(
        scored.warnings.iter().map(Warning::to_string).collect::<Vec<_>>(),
        ["port: 3 rows with a category that training did not have (\"q\" × 1, \"z\" × 2)"]
    );
    let strict = recipe(&["port"]).one_hot("port", None, "error").unwrap();
    let refused = fit(&train, strict, "y").unwrap().predict(&score, "p", "q");
    assert_eq!(
        shown(refused),
        "port: 3 rows with a category that training did not have (\"q\" × 1, \"z\" × 2)\n\
         fit with handle_unknown=\"ignore\", or filter those rows out"
    );
}

#[test]
fn a_saved_model_is_the_same_model() {
    let weights = Setting::Weights(vec![(Class::Integer(0), 1.0), (Class::Integer(1), 1.7)]);
    let mut fitting = fitting(titanic_recipe(), "Survived", &Settings::from([("class_weight".into(), weights)]));
    fitting.provenance = Provenance {
        notebook: Some("sessions/\"odd\" (name.py".to_owned()),
        cell: None,
        inputs: vec![InputFile { name: "/mnt/data/titanic.csv".to_owned(), sha256: "00ff".to_owned() }],
    };
    let model = fitting.run(&csv("datasets/titanic.csv")).unwrap();
    let text = model.to_ron().unwrap();
    let again = FittedModel::from_ron(&text).unwrap();
    assert_eq!(again.to_ron().unwrap(), text);
    assert_eq!(again.weights(), model.weights());
    assert_eq!(again.metrics(), model.metrics());
    assert_eq!(again.provenance(), model.provenance());
    let frame = csv("datasets/titanic.csv");
    let scored = |model: &FittedModel| model.predict(&frame, "prediction", "probability").unwrap().frame;
    assert!(scored(&model).equals_missing(&scored(&again)));
}

#[test]
fn bad_model_files_are_refused_by_name() {
    let text = titanic_model().to_ron().unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}\n{text}");
        FittedModel::from_ron(&text.replacen(from, to, 1)).err().unwrap().to_string()
    };
    assert_eq!(changed("sheaf-model", "other-model"), "it is not a Sheaf model");
    assert_eq!(changed("version: 1", "version: 2"), "the model is of version 2, and this Sheaf reads up to version 1");
    assert_eq!(
        changed("Integer(1)", "Integer(0)"),
        "the model makes no sense: its classes are not sorted, or there twice"
    );
    assert_eq!(
        changed("weights: [\n      [", "weights: [\n      [\n        0.5,"),
        "the model makes no sense: it has 10 coefficients for 9 terms"
    );
    assert_eq!(
        changed("weights: [\n      [", "weights: [\n      [\n        NaN,"),
        "the model makes no sense: it has 10 coefficients for 9 terms"
    );
    assert_eq!(changed("rows: 891", "rows: many"), "the model is damaged at line 133, column 9: Expected integer");
    assert_eq!(FittedModel::from_ron("").err().unwrap().to_string(), "it is not a Sheaf model");
    let deep = "(".repeat(100_000);
    assert_eq!(
        FittedModel::from_ron(&deep).err().unwrap().to_string(),
        "the model is nested more than 32 levels deep"
    );
    let huge = " ".repeat(65 * 1024 * 1024);
    assert_eq!(
        FittedModel::from_ron(&huge).err().unwrap().to_string(),
        "the model has 68157440 bytes; at most 67108864 are read"
    );
}

#[test]
fn a_feature_of_a_thousand_parts_is_refused_or_read_but_never_fatal() {
    let frame = df!("a" => [1, 2, 3], "y" => [0, 1, 0]).unwrap();
    for feature in ["a+".repeat(100_000) + "a", "(".repeat(100_000), "NOT ".repeat(100_000) + "a"] {
        assert!(fit(&frame, recipe(&[&feature]), "y").is_err());
    }
    let long = "a+".repeat(400) + "a";
    assert!(fit(&frame, recipe(&[&long]), "y").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_loading_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let text = TEXT.get_or_init(|| titanic_model().to_ron().unwrap());
        let mut bytes = text.clone().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(model) = FittedModel::from_ron(&String::from_utf8_lossy(&bytes)) {
            let _ = model.predict(&csv("datasets/titanic.csv").head(Some(5)), "prediction", "probability");
        }
    }

    #[test]
    fn no_text_makes_loading_panic(text in "\\PC{0,200}", ours in any::<bool>()) {
        let text = if ours { format!("(format: \"sheaf-model\", version: 1, {text}") } else { text };
        let _ = FittedModel::from_ron(&text);
    }
}
