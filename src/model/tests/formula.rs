//! A formula gives what the estimator itself gives, to the last bit, now and as a scan.

use polars::prelude::*;

use super::*;
use crate::frame::Frame;
use crate::work::Interrupt;

/// Scores through the design matrix and the estimator, without a formula.
fn by_estimator(model: &FittedModel, frame: &DataFrame) -> (Vec<String>, Vec<f64>) {
    let prepared = model.recipe().transform(frame).unwrap();
    let Fitted::Classifier(of) = &model.fitted else {
        panic!("a classifier")
    };
    let columns = of
        .predict(prepared.values.view(), "prediction", "probability")
        .unwrap();
    let classes = columns[0].cast(&DataType::String).unwrap();
    let classes = classes
        .str()
        .unwrap()
        .iter()
        .map(|class| class.unwrap().to_owned());
    (
        classes.collect(),
        columns[1].f64().unwrap().into_no_null_iter().collect(),
    )
}

fn answers(scored: &DataFrame) -> (Vec<String>, Vec<f64>) {
    let classes = scored
        .column("prediction")
        .unwrap()
        .cast(&DataType::String)
        .unwrap();
    let classes = classes
        .str()
        .unwrap()
        .iter()
        .map(|class| class.unwrap().to_owned());
    let probabilities = scored.column("probability").unwrap().f64().unwrap().rechunk();
    (classes.collect(), probabilities.cont_slice().unwrap().to_vec())
}

fn scan(table: &DataFrame) -> Frame {
    Frame::scan(table.clone().lazy(), Vec::new())
}

/// Scores as a scan, and returns what was said about it, too.
fn streamed(model: &FittedModel, table: &DataFrame) -> Result<(DataFrame, Vec<String>), String> {
    let interrupt = Interrupt::default().with_own_notices();
    let planned = model.plan_predict(&scan(table), "prediction", None);
    let planned = planned.map_err(|error| error.to_string())?.unwrap();
    let scored = planned
        .collect(&interrupt)
        .map_err(|error| format!("{error}\n{}", error.hint().unwrap_or_default()))?;
    Ok((scored, interrupt.notices().take()))
}

/// A table with numbers of several types, flags and texts.
fn mixed(rows: usize) -> DataFrame {
    let mut state = 7_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % bound
    };
    let (mut number, mut whole, mut flag, mut text, mut kind) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        number.push((next(9) > 0).then(|| next(2_000_000) as f64 / 1e4 - 100.0));
        whole.push(i32::try_from(next(4)).unwrap() - 1);
        flag.push(next(2) == 1);
        text.push((next(11) > 0).then(|| ["a", "b", "ä", ""][next(4) as usize]));
        kind.push(["x", "y", "z"][next(3) as usize]);
    }
    df!("number" => number, "whole" => whole, "flag" => flag, "text" => text, "kind" => kind).unwrap()
}

fn mixed_recipe() -> Recipe {
    recipe(&["number", "whole", "flag", "text", "number * 2 + whole AS twice"])
        .impute("number", "mean", None)
        .and_then(|recipe| recipe.standardize("number"))
        .and_then(|recipe| recipe.one_hot("whole", Some("first"), "ignore"))
        .and_then(|recipe| recipe.one_hot("flag", None, "error"))
        .and_then(|recipe| recipe.impute("text", "most_frequent", None))
        .and_then(|recipe| recipe.impute("twice", "median", None))
        .and_then(|recipe| recipe.min_max("twice"))
        .unwrap()
}

#[test]
fn a_formula_gives_what_the_estimator_gives_to_the_last_bit() {
    let titanic = csv("datasets/titanic.csv");
    let iris = csv("tests/reference/iris.csv");
    let mixed = mixed(3_000);
    let flagged = recipe(&["number", "text"])
        .impute("number", "constant", Some(Filler::Number(0.5)))
        .and_then(|recipe| recipe.impute("text", "constant", Some(Filler::Text("none".to_owned()))))
        .unwrap();
    let petals = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    for (table, recipe, target) in [
        (&titanic, titanic_recipe(), "Survived"),
        (&iris, recipe(&petals), "species"),
        (&mixed, mixed_recipe(), "kind"),
        (&mixed, flagged, "flag"),
    ] {
        let model = fit(table, recipe, target).unwrap();
        let expected = by_estimator(&model, table);
        let scored = model.predict(table, "prediction", None).unwrap();
        assert!(answers(&scored.frame) == expected, "{target}: a table");
        let (scanned, notices) = streamed(&model, table).unwrap();
        assert!(answers(&scanned) == expected, "{target}: a scan");
        assert_eq!(notices, [""; 0]);
        assert_eq!(scanned.schema(), scored.frame.schema());

        let probabilities = model.predict_proba(table).unwrap().frame;
        let planned = model.plan_predict_proba(&scan(table)).unwrap().unwrap();
        assert!(
            planned
                .collect(&Interrupt::default())
                .unwrap()
                .equals(&probabilities)
        );
        let prepared = model.recipe().transform(table).unwrap();
        let Fitted::Classifier(of) = &model.fitted else {
            panic!("a classifier")
        };
        assert!(
            DataFrame::new(table.height(), of.predict_proba(prepared.values.view()))
                .unwrap()
                .equals(&probabilities)
        );
    }
}

#[test]
fn what_cannot_be_scored_is_the_same_error_for_a_table_and_a_scan() {
    let table = mixed(3_000);
    let model = fit(&table, mixed_recipe(), "kind").unwrap();
    let same = |broken: &DataFrame| {
        let eager = model.predict(broken, "prediction", None).unwrap_err();
        let eager = format!("{eager}\n{}", eager.hint().unwrap_or_default());
        assert_eq!(streamed(&model, broken).unwrap_err(), eager);
        let before = model.recipe().transform(broken).unwrap_err();
        assert_eq!(eager, format!("{before}\n{}", before.hint().unwrap_or_default()));
        eager
    };
    let with = |expression: Expr| table.clone().lazy().with_columns([expression]).collect().unwrap();

    let gaps = with(
        when(col("number").gt(lit(50.0)))
            .then(lit(NULL))
            .otherwise(col("whole"))
            .alias("whole"),
    );
    assert!(same(&gaps).starts_with("there are nulls in whole ("));
    let infinite = with(
        when(col("number").gt(lit(50.0)))
            .then(lit(f64::INFINITY))
            .otherwise(col("number"))
            .alias("number"),
    );
    assert!(same(&infinite).starts_with("there are infinite values or NaN in number ("));
}

#[test]
fn unknown_categories_are_counted_for_a_table_and_a_scan() {
    let table = mixed(3_000);
    let model = fit(&table, mixed_recipe(), "kind").unwrap();
    let other = table
        .clone()
        .lazy()
        .with_columns([
            when(col("whole").eq(lit(1)))
                .then(lit("new"))
                .otherwise(col("text"))
                .alias("text"),
            (col("whole") * lit(3)).alias("whole"),
        ])
        .collect()
        .unwrap();
    let expected = model.recipe().transform(&other).unwrap();
    let said: Vec<String> = expected.unseen.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2);
    let eager = model.predict(&other, "prediction", None).unwrap();
    assert_eq!(
        eager.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        said
    );
    assert!(answers(&eager.frame) == by_estimator(&model, &other));
    let (scanned, notices) = streamed(&model, &other).unwrap();
    assert_eq!(notices, said);
    assert!(answers(&scanned) == answers(&eager.frame));

    // Each run counts for itself.
    let interrupt = Interrupt::default().with_own_notices();
    let planned = model
        .plan_predict(&scan(&other), "prediction", None)
        .unwrap()
        .unwrap();
    for _ in 0..2 {
        planned.collect(&interrupt).unwrap();
        assert_eq!(interrupt.notices().take(), said);
    }
    // What nobody asks for is not computed.
    let names = planned
        .select(&[crate::frame::Expression::parse("kind").unwrap()])
        .unwrap();
    names.collect(&interrupt).unwrap();
    assert_eq!(interrupt.notices().take(), [""; 0]);
}

#[test]
fn hidden_columns_take_no_name_that_the_frame_has() {
    let mut table = mixed(100);
    table.rename("whole", "__input0".into()).unwrap();
    let model = fit(&table, recipe(&["__input0"]), "kind").unwrap();
    let scored = model.predict(&table, "prediction", None).unwrap().frame;
    assert!(answers(&scored) == by_estimator(&model, &table));
    assert_eq!(scored.get_column_names().len(), 7);
}
