//! Models whose queries are hard to get right, and rows for them.

use polars::prelude::*;

use super::super::*;

/// A model, and rows that it scores.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) model: FittedModel,
    pub(super) rows: DataFrame,
}

fn case(name: &'static str, table: &DataFrame, recipe: Recipe, target: &str, rows: DataFrame) -> Case {
    let model = fit(table, recipe, target).unwrap();
    Case { name, model, rows }
}

/// Numbers from 0 up to a bound, the same in each run.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |bound| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % bound
    }
}

/// Texts that a database may take for one another.
const TEXTS: &[&str] = &[
    "a",
    "A",
    "a ",
    " a",
    "ä",
    "Ä",
    "a\u{308}",
    "it's",
    "b\\",
    "b\\'",
    "\"b\"",
    "",
    " ",
    "日本",
    "😀",
    "%",
    "line\nbreak",
    "--",
];

/// Rows whose texts, flags and numbers are hard to keep apart; `more` are values that training did not have.
fn confusable(rows: usize, more: bool) -> DataFrame {
    let mut next = numbers(11);
    let (mut text, mut flag, mut number, mut kind) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let known = if more { TEXTS.len() } else { TEXTS.len() - 4 } as u64;
        text.push((next(12) > 0).then(|| TEXTS[next(known) as usize]));
        flag.push((next(9) > 0).then(|| next(2) == 1));
        let count = if more { 6 } else { 4 };
        number.push((next(9) > 0).then(|| [0.5, -1.0, 0.0, 1e20, 7.25, 1e-7][next(count) as usize]));
        kind.push(["it's", "ä", "b\\"][next(3) as usize]);
    }
    df!("a \"text\" `of` [many]" => text, "flag" => flag, "Number" => number, "kind" => kind).unwrap()
}

fn confusable_recipe() -> Recipe {
    let text = "a \"text\" `of` [many]";
    recipe(&[text, "flag", "Number"])
        .impute(text, "constant", Some(Filler::Text("b\\".to_owned())))
        .and_then(|recipe| recipe.impute("flag", "most_frequent", None))
        .and_then(|recipe| recipe.one_hot("flag", Some("if_binary"), "ignore"))
        .and_then(|recipe| recipe.impute("Number", "constant", Some(Filler::Number(0.5))))
        .and_then(|recipe| recipe.one_hot("Number", None, "ignore"))
        .unwrap()
}

/// Features that every database has a translation of.
const EVERYWHERE: &[&str] = &[
    "log1p(Fare)",
    "SibSp + Parch AS family",
    "Age IS NULL",
    "CASE WHEN Age < 16 THEN 'child' WHEN Sex = 'female' AND pclass <= 2 THEN 'lady' ELSE 'other' END AS role",
    "CASE WHEN Embarked IN ('S', 'Q') THEN 1 END AS west",
    "coalesce(Age, 30) / (1 + SibSp) AS share",
    "ln(Fare) AS ln_fare",
    "log10(Fare + 1) AS log10_fare",
    "expm1(Parch / 10) AS parch_m1",
    "exp(-Fare) AS e_fare",
    "sqrt(Fare) * 2 - power(SibSp, 2) / 10 AS root",
    "floor(Fare / 7) % 5 AS sevens",
    "ceil(Age) AS years",
    "-Fare AS minus",
    "abs(Parch - SibSp) AS apart",
    "sign(Parch - SibSp) AS side",
    "greatest(Age, Fare, 20) AS most",
    "least(Age, 20) AS few",
    "Name LIKE '%Mrs.%' AS mrs",
    "NOT (Name LIKE 'B%') AS no_b",
    "if(Parch > 0, 'yes', 'no') AS parents",
    "nullif(SibSp, 0) AS siblings",
    "nvl(Age, 0) BETWEEN 10 AND 20 AS teen",
    "Embarked <=> 'C' AS cherbourg",
    "(Age > 30) IS TRUE AS older",
    "(Age > 30) IS NOT FALSE AS not_younger",
    "CAST(Fare AS INT) AS whole_fare",
    "CAST(Parch AS BOOLEAN) AS any_parch",
    "CAST(SibSp AS STRING) AS sibsp_text",
    "CAST(Age > 30 AS INT) + 1 AS age_step",
    "Age > 30 OR Fare > 50 AS rich",
    "trim(concat(' ', Sex, Embarked, ' ')) AS both",
    "Sex || '-' || Pclass AS sexclass",
    "1e-3 * Fare + 2.5 AS line",
    "PassengerId % 7 AS week",
    "Pclass = 1 AND (Sex <> 'male' OR Age >= 60.5) AS first",
    "zeroifnull(Age) AS zero_age",
];

/// Those that SQL Server has none of.
const TEXTUAL: &[&str] = &[
    "length(Name) AS name_length",
    "substring(Cabin, 1, 1) AS deck",
    "left(Ticket, 2) AS office",
    "Sex < 'g' AS early",
    "Name LIKE '_r%' AS second_r",
];

/// Fills the gaps of every feature that has some.
pub(super) fn filled(texts: &[&str], table: &DataFrame) -> Recipe {
    let mut made = recipe(texts);
    loop {
        let error = match fit(table, made.clone(), "Survived") {
            Err(ModelError::Nulls { columns, texts, .. }) => (columns, texts),
            _ => return made,
        };
        for gap in error.0 {
            let strategy = if error.1.contains(&gap.column) {
                "most_frequent"
            } else {
                "median"
            };
            made = made.impute(&gap.column, strategy, None).unwrap();
        }
    }
}

/// Rows whose log odds go evenly from `-most` to `most`.
fn extremes(model: &FittedModel, most: i32) -> DataFrame {
    let linear = model.linear().unwrap();
    let (start, slope) = (
        linear.coefficients.intercepts[0],
        linear.coefficients.weights[0][0],
    );
    let x: Vec<f64> = (-most..=most).map(|z| (f64::from(z) - start) / slope).collect();
    df!("x" => x).unwrap()
}

pub(super) fn cases() -> Vec<Case> {
    let titanic = csv("datasets/titanic.csv");
    let iris = csv("tests/reference/iris.csv");
    let petals = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
    let far = petals.map(|name| col(name).cast(DataType::Float64) * lit(300.0) - lit(900.0));
    let far = iris.clone().lazy().with_columns(far).collect().unwrap();
    let confusing = confusable(2_000, false);
    let flagged = recipe(&["Number", "kind"])
        .impute("Number", "mean", None)
        .unwrap()
        .standardize("Number")
        .unwrap();
    let flags = confusing
        .clone()
        .lazy()
        .filter(col("flag").is_not_null())
        .collect()
        .unwrap();
    let line = df!("x" => [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "y" => [0, 0, 1, 0, 1, 1]).unwrap();
    let steep = fit(&line, recipe(&["x"]), "y").unwrap();
    let rows = extremes(&steep, 800);
    let all: Vec<&str> = EVERYWHERE.iter().chain(TEXTUAL).copied().collect();
    vec![
        case("titanic", &titanic, titanic_recipe(), "Survived", titanic.clone()),
        case("iris", &iris, recipe(&petals), "species", iris.clone()),
        case("far", &iris, recipe(&petals), "species", far),
        case(
            "confusable",
            &confusing,
            confusable_recipe(),
            "kind",
            confusable(3_000, true),
        ),
        case("flagged", &flags, flagged, "flag", flags.clone()),
        Case {
            name: "extremes",
            model: steep,
            rows,
        },
        case(
            "everywhere",
            &titanic,
            filled(EVERYWHERE, &titanic),
            "Survived",
            titanic.clone(),
        ),
        case(
            "textual",
            &titanic,
            filled(&all, &titanic),
            "Survived",
            titanic.clone(),
        ),
    ]
}
