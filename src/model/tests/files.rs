//! Saved models: the same when loaded, and never fatal when damaged.

use proptest::prelude::*;

use super::*;

#[test]
fn a_saved_model_is_the_same_model() {
    let weights = Setting::Weights(vec![(Class::Integer(0), 1.0), (Class::Integer(1), 1.7)]);
    let mut fitting = fitting(
        titanic_recipe(),
        "Survived",
        &Settings::from([("class_weight".into(), weights)]),
    );
    fitting.provenance = Provenance {
        inputs: vec![InputFile {
            name: "/mnt/data/\"odd\" (name.csv".to_owned(),
            sha256: "00ff".to_owned(),
            tag: None,
        }],
    };
    let model = fitting
        .run(&csv("datasets/titanic.csv"), &Progress::default())
        .unwrap();
    let text = model.to_ron().unwrap();
    let again = FittedModel::from_ron(&text).unwrap();
    assert_eq!(again.to_ron().unwrap(), text);
    let coefficients = |model: &FittedModel| model.linear().unwrap().coefficients.clone();
    assert_eq!(coefficients(&again), coefficients(&model));
    assert_eq!(again.metrics(), model.metrics());
    assert_eq!(again.provenance(), model.provenance());
    let frame = csv("datasets/titanic.csv");
    let scored = |model: &FittedModel| model.predict(&frame, "prediction", None).unwrap().frame;
    assert!(scored(&model).equals_missing(&scored(&again)));
}

/// Models that Sheaf 0.1.0 saved when it had a single estimator, with what they predicted then.
#[test]
fn a_model_of_the_first_release_is_read_and_predicts_and_is_saved_as_it_was() {
    let path = |name: &str| format!("{}/tests/reference/released_{name}", env!("CARGO_MANIFEST_DIR"));
    let load = |name: &str| {
        let text = std::fs::read_to_string(path(name)).unwrap();
        let model = FittedModel::from_ron(&text).unwrap();
        assert_eq!(model.to_ron().unwrap(), text);
        model
    };
    let predicted = |name: &str| csv(&format!("tests/reference/released_{name}"));
    let titanic = csv("datasets/titanic.csv").head(Some(40));
    let scored = load("titanic.ron").predict(&titanic, "prediction", None).unwrap();
    let scored = scored.frame.select(["prediction", "probability"]).unwrap();
    assert!(scored.equals(&predicted("titanic.csv")), "{scored}");
    let iris = csv("tests/reference/iris.csv").head(Some(40));
    let scored = load("iris.ron").predict_proba(&iris).unwrap().frame;
    assert!(scored.equals(&predicted("iris.csv")), "{scored}");
}

#[test]
fn a_model_that_names_its_notebook_is_read_and_no_longer_does() {
    let text = titanic_model().to_ron().unwrap();
    let old = text.replace(
        "provenance: (\n",
        "provenance: (\n    notebook: Some(\"sessions/train.py\"),\n    cell: Some(\"Fit\"),\n",
    );
    assert_ne!(old, text);
    assert_eq!(FittedModel::from_ron(&old).unwrap().to_ron().unwrap(), text);
}

#[test]
fn bad_model_files_are_refused_by_name() {
    let text = titanic_model().to_ron().unwrap();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}\n{text}");
        FittedModel::from_ron(&text.replacen(from, to, 1))
            .err()
            .unwrap()
            .to_string()
    };
    assert_eq!(changed("sheaf-model", "other-model"), "it is not a Sheaf model");
    assert_eq!(
        changed("version: 1", "version: 2"),
        "the model is of version 2, and this Sheaf reads up to version 1"
    );
    assert_eq!(
        changed("Integer(1)", "Integer(0)"),
        "the model is inconsistent: its classes are not sorted, or not unique"
    );
    assert_eq!(
        changed("weights: [\n      [", "weights: [\n      [\n        0.5,"),
        "the model is inconsistent: it has 10 coefficients for 9 terms"
    );
    assert_eq!(
        changed("weights: [\n      [", "weights: [\n      [\n        NaN,"),
        "the model is inconsistent: it has 10 coefficients for 9 terms"
    );
    let line = 1 + text.lines().position(|line| line == "  rows: 891,").unwrap();
    assert_eq!(
        changed("rows: 891", "rows: many"),
        format!("the model is damaged at line {line}, column 8: Expected integer")
    );
    assert_eq!(
        FittedModel::from_ron("").err().unwrap().to_string(),
        "it is not a Sheaf model"
    );
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
            let _ = model.predict(&csv("datasets/titanic.csv").head(Some(5)), "prediction", None);
        }
    }

    #[test]
    fn no_text_makes_loading_panic(text in "\\PC{0,200}", ours in any::<bool>()) {
        let text = if ours { format!("(format: \"sheaf-model\", version: 1, {text}") } else { text };
        let _ = FittedModel::from_ron(&text);
    }
}
