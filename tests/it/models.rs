//! Models as a person meets them in cells: recipes, fits, predictions, files, and what goes wrong.

use std::fs;

use crate::live::Live;

/// Twelve passengers: enough to fit, few enough to show.
const PASSENGERS: &str = "\
name,survived,sex,age,class,fare,port
Ann,1,female,29,1,211.5,S
Ben,0,male,25,3,7.9,S
Cai,1,female,,3,7.7,Q
Dov,0,male,54,1,51.9,S
Eva,1,female,14,2,30.1,C
Fay,0,female,31,3,18.0,S
Gus,1,male,4,3,16.7,S
Hal,0,male,,3,8.5,Q
Ida,1,female,58,1,26.6,C
Jan,0,male,20,3,8.1,S
Kit,0,male,39,2,13.0,C
Lea,1,female,27,2,21.0,S
";

/// A session with the passengers in `df`, and a model of them in `model`.
fn fitted() -> Live {
    let mut live = Live::new();
    live.data("passengers.csv", PASSENGERS);
    shows(
        &mut live,
        &[
            ("df = read_csv(\"/mnt/data/passengers.csv\")", ""),
            (
                "recipe = Recipe([\"sex\", \"age\", \"log1p(fare)\"]).impute(\"age\", strategy=\"median\").one_hot(\"sex\", drop=\"first\").standardize(\"age\")",
                "",
            ),
            (
                "model = LogisticRegression(C=1.0).fit(df, target=\"survived\", features=recipe)",
                "",
            ),
        ],
    );
    live
}

/// Enters cells one after the other and compares all that each shows.
#[track_caller]
fn shows(live: &mut Live, cells: &[(&str, &str)]) {
    for (source, expected) in cells {
        let shown = live.enter(source);
        assert_eq!(&shown, expected, "{source}");
    }
}

#[test]
fn a_model_shows_what_it_learnt_and_from_what() {
    shows(&mut fitted(), &[
        ("model", "\
LogisticRegression()
survived (0, 1) from sex, age, log1p(fare)
trained on 12 rows: accuracy 0.8333, precision 0.8333, recall 0.8333, f1 0.8333, roc_auc 0.9167, log_loss 0.4600

term         coefficient  odds ratio
(intercept)    -1.339958      0.2619
sex_male       -1.064069      0.3450
age            -0.478547      0.6197
log1p(fare)     0.629183      1.8761

read /mnt/data/passengers.csv (sha256 e0c683a14c42…)"),
        ("print(model)", "\
LogisticRegression()
survived (0, 1) from sex, age, log1p(fare)
trained on 12 rows: accuracy 0.8333, precision 0.8333, recall 0.8333, f1 0.8333, roc_auc 0.9167, log_loss 0.4600

term         coefficient  odds ratio
(intercept)    -1.339958      0.2619
sex_male       -1.064069      0.3450
age            -0.478547      0.6197
log1p(fare)     0.629183      1.8761

read /mnt/data/passengers.csv (sha256 e0c683a14c42…)"),
        ("model.coefficients()", "\
shape: (4, 3)
┌─────────────┬─────────────┬────────────┐
│ term        │ coefficient │ odds_ratio │
│ str         │         f64 │        f64 │
├─────────────┼─────────────┼────────────┤
│ (intercept) │   -1.339958 │   0.261857 │
│ sex_male    │   -1.064069 │   0.345049 │
│ age         │   -0.478547 │   0.619683 │
│ log1p(fare) │    0.629183 │   1.876078 │
└─────────────┴─────────────┴────────────┘"),
        ("[model.target, model.classes, model.features, model.terms, model.rows, model.warnings]", r#"["survived", [0, 1], ["sex", "age", "log1p(fare)"], ["sex_male", "age", "log1p(fare)"], 12, []]"#),
        ("[model.metrics.accuracy, model.metrics.n]", "[0.8333333333333334, 12]"),
        ("recipe", r#"Recipe(["sex", "age", "log1p(fare)"]).impute("age", strategy="median").one_hot("sex", drop="first").standardize("age")"#),
        ("recipe.features", r#"["sex", "age", "log1p(fare)"]"#),
        ("LogisticRegression(class_weight={0: 1.0, 1: 2.5}, penalty=None)", "LogisticRegression(penalty=None, class_weight={0: 1.0, 1: 2.5})"),
        ("LogisticRegression()", "LogisticRegression()"),
    ]);
}

#[test]
fn a_model_predicts_and_is_evaluated() {
    shows(
        &mut fitted(),
        &[
            (
                "model.predict(df.select(\"sex\", \"age\", \"fare\").head(3))",
                "\
shape: (3, 5)
┌────────┬──────┬───────┬────────────┬─────────────┐
│ sex    │  age │  fare │ prediction │ probability │
│ str    │  i64 │   f64 │        i64 │         f64 │
├────────┼──────┼───────┼────────────┼─────────────┤
│ female │   29 │ 211.5 │          1 │    0.886611 │
│ male   │   25 │   7.9 │          0 │    0.294916 │
│ female │ null │   7.7 │          1 │    0.519740 │
└────────┴──────┴───────┴────────────┴─────────────┘",
            ),
            (
                "model.predict(df.select(\"sex\", \"age\", \"fare\").head(2), prediction=\"guess\", probability=\"chance\").columns",
                r#"["sex", "age", "fare", "guess", "chance"]"#,
            ),
            (
                "model.predict_proba(df.head(3))",
                "\
shape: (3, 2)
┌───────────────┬───────────────┐
│ probability_0 │ probability_1 │
│           f64 │           f64 │
├───────────────┼───────────────┤
│      0.113389 │      0.886611 │
│      0.705084 │      0.294916 │
│      0.480260 │      0.519740 │
└───────────────┴───────────────┘",
            ),
            (
                "model.evaluate(df)",
                "\
n              12
accuracy   0.8333
precision  0.8333
recall     0.8333
f1         0.8333
roc_auc    0.9167
log_loss   0.4600

          predicted 0  predicted 1
actual 0            5            1
actual 1            1            5",
            ),
            (
                "e = model.evaluate(df)\n[e.n, e.accuracy, e.precision, e.recall, e.f1, e.roc_auc, e.log_loss, e.classes, e.confusion]",
                "[12, 0.8333333333333334, 0.8333333333333334, 0.8333333333333334, 0.8333333333333334, 0.9166666666666666, 0.4600232394759174, [0, 1], [[5, 1], [1, 5]]]",
            ),
            (
                "print(model.evaluate(df))",
                "\
n              12
accuracy   0.8333
precision  0.8333
recall     0.8333
f1         0.8333
roc_auc    0.9167
log_loss   0.4600

          predicted 0  predicted 1
actual 0            5            1
actual 1            1            5",
            ),
            ("model.score(df)", "0.8333333333333334"),
        ],
    );
}

#[test]
fn every_parameter_changes_the_fit() {
    let mut live = fitted();
    let fit = |settings: &str| {
        format!(
            "m = LogisticRegression({settings}).fit(df.head(11), target=\"survived\", features=[\"class\", \"fare\"])\n\
             [int(1000 * x) for x in m.coefficients()[\"coefficient\"].to_list()]"
        )
    };
    let cases = [
        ("", "[-595, -80, 20]"),
        ("C=0.01", "[-781, -2, 20]"),
        ("C=10", "[-419, -143, 19]"),
        ("penalty=None", "[-381, -157, 18]"),
        ("penalty=\"l2\", solver=\"lbfgs\", tol=1e-6, max_iter=50", "[-595, -80, 20]"),
        ("fit_intercept=False", "[0, -261, 15]"),
        ("class_weight=\"balanced\"", "[-395, -86, 20]"),
        ("class_weight={0: 5, 1: 1.0}", "[-2490, 5, 23]"),
        ("max_iter=1", "\
warning: the fit did not converge: the mean gradient is 3.2e-2 after max_iter=1, and tol is 1e-8; raise max_iter, or lower C
[-257, -144, 11]"),
    ];
    for (settings, expected) in cases {
        shows(&mut live, &[(&fit(settings), expected)]);
    }
}

#[test]
fn features_are_columns_expressions_or_built_with_col() {
    shows(
        &mut fitted(),
        &[
            (
                "m = LogisticRegression().fit(df, target=\"survived\", features=[\"class\", \"fare / 10\", col(\"age\").is_null(), expr(\"fare + 1\").alias(\"more\"), \"sex = 'male' AS male\"])\nm.terms",
                r#"["class", "fare / 10", "age IS NULL", "more", "male"]"#,
            ),
            ("m.predict(df.drop(\"survived\")).height", "12"),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=Recipe(\"ln(age) AS years\").impute(\"years\").min_max(\"years\")).terms",
                r#"["years"]"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=\"port\").terms",
                r#"["port_C", "port_Q", "port_S"]"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=Recipe([\"class\"]).one_hot(\"class\")).terms",
                r#"["class_1", "class_2", "class_3"]"#,
            ),
            (
                "flag = df.with_columns(old=\"age > 30\", survived=\"survived = 1\").drop_nulls([\"age\"])",
                "",
            ),
            (
                "yes = LogisticRegression().fit(flag, target=\"survived\", features=[\"old\"])\n[yes.classes, yes.terms]",
                r#"[[False, True], ["old"]]"#,
            ),
            ("yes.predict(flag.head(1))[\"prediction\"].to_list()", "[True]"),
        ],
    );
}

#[test]
fn three_classes_have_a_coefficient_each() {
    shows(&mut fitted(), &[
        ("ports = LogisticRegression().fit(df, target=\"port\", features=[\"class\", \"fare\"])", ""),
        ("ports", "\
LogisticRegression()
port (C, Q, S) from class, fare
trained on 12 rows: accuracy 0.6667, precision 0.6825, recall 0.6270, f1 0.6381, roc_auc 0.8658, log_loss 0.5897

term                 C          Q          S
(intercept)   0.249232   3.070111  -3.319343
class        -0.759410   0.071711   0.687699
fare          0.146156  -0.343990   0.197834

read /mnt/data/passengers.csv (sha256 e0c683a14c42…)"),
        ("ports.coefficients().head(3)", "\
shape: (3, 4)
┌───────┬─────────────┬─────────────┬────────────┐
│ class │ term        │ coefficient │ odds_ratio │
│ str   │ str         │         f64 │        f64 │
├───────┼─────────────┼─────────────┼────────────┤
│ C     │ (intercept) │    0.249232 │   1.283039 │
│ C     │ class       │   -0.759410 │   0.467942 │
│ C     │ fare        │    0.146156 │   1.157377 │
└───────┴─────────────┴─────────────┴────────────┘"),
        ("ports.predict(df.select(\"class\", \"fare\").head(2))", "\
shape: (2, 4)
┌───────┬───────┬────────────┬─────────────┐
│ class │  fare │ prediction │ probability │
│   i64 │   f64 │ str        │         f64 │
├───────┼───────┼────────────┼─────────────┤
│     1 │ 211.5 │ S          │    0.999851 │
│     3 │   7.9 │ Q          │    0.498342 │
└───────┴───────┴────────────┴─────────────┘"),
        ("ports.predict_proba(df.head(2))", "\
shape: (2, 3)
┌───────────────┬───────────────┬───────────────┐
│ probability_C │ probability_Q │ probability_S │
│           f64 │           f64 │           f64 │
├───────────────┼───────────────┼───────────────┤
│      0.000149 │  5.482725e-48 │      0.999851 │
│      0.117825 │      0.498342 │      0.383832 │
└───────────────┴───────────────┴───────────────┘"),
        ("ports.evaluate(df)", "\
n              12
accuracy   0.6667
precision  0.6825
recall     0.6270
f1         0.6381
roc_auc    0.8658
log_loss   0.5897

          predicted C  predicted Q  predicted S
actual C            2            0            1
actual Q            0            1            1
actual S            0            2            5"),
    ]);
}

#[test]
fn wrong_parameters_say_what_is_right() {
    shows(
        &mut Live::new(),
        &[
            (
                "LogisticRegression(C=0)",
                "\
error: LogisticRegression: C is 0, and it must be a number above 0
hint: leave it out for the default, C=1.0",
            ),
            (
                "LogisticRegression(C=\"big\")",
                r#"error: LogisticRegression: C is "big", and it must be a number above 0
hint: leave it out for the default, C=1.0"#,
            ),
            (
                "LogisticRegression(penalty=\"l1\")",
                r#"error: LogisticRegression: penalty is "l1", and it must be "l2" or None
hint: leave it out for the default, penalty="l2""#,
            ),
            (
                "LogisticRegression(solver=\"sag\")",
                r#"error: LogisticRegression: solver is "sag", and it must be "lbfgs"
hint: leave it out for the default, solver="lbfgs""#,
            ),
            (
                "LogisticRegression(max_iter=1.5)",
                "\
error: LogisticRegression: max_iter is 1.5, and it must be a whole number, 1 or more
hint: leave it out for the default, max_iter=100",
            ),
            (
                "LogisticRegression(class_weight=\"balance\")",
                r#"error: LogisticRegression: class_weight is "balance", and it must be None, "balanced" or a dict of class to weight
hint: leave it out for the default, class_weight=None"#,
            ),
            (
                "LogisticRegression(max_iters=5)",
                "\
error: `LogisticRegression` takes no argument named `max_iters`
hint: did you mean `max_iter`?",
            ),
            (
                "LogisticRegresion()",
                "\
error: there is no `LogisticRegresion`
hint: did you mean `LogisticRegression`?",
            ),
            (
                "Recipe([])",
                r#"error: a model needs at least one feature
hint: list them, as in features=["Age", "Sex"]"#,
            ),
            (
                "Recipe([\"a\", \"a\"])",
                r#"error: the feature "a" is listed twice
hint: leave one of them out"#,
            ),
            (
                "Recipe([\"age\"]).impute(\"aeg\")",
                r#"error: impute is for "aeg", which is not one of the recipe's features (age)
hint: did you mean "age"?"#,
            ),
            (
                "Recipe([\"age\"]).impute(\"age\", strategy=\"mode\")",
                r#"error: impute has no strategy "mode"; there are "mean", "median", "most_frequent", "constant""#,
            ),
            (
                "Recipe([\"age\"]).impute(\"age\", strategy=\"constant\")",
                r#"error: impute with strategy="constant" needs a finite fill_value
hint: write .impute("Age", strategy="constant", fill_value=0)"#,
            ),
            (
                "Recipe([\"sex\"]).one_hot(\"sex\", drop=\"last\")",
                r#"error: one_hot has no drop "last"; there are "first", "if_binary""#,
            ),
            (
                "Recipe([\"sex\"]).one_hot(\"sex\", handle_unknown=\"ignor\")",
                r#"error: one_hot has no handle_unknown "ignor"; there are "ignore", "error"
hint: did you mean "ignore"?"#,
            ),
            (
                "Recipe([\"sex\"]).scale(\"sex\")",
                "error: object of type `recipe` has no attribute `scale`",
            ),
        ],
    );
}

#[test]
fn a_fit_refuses_what_it_cannot_learn_from() {
    shows(
        &mut fitted(),
        &[
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"age\", \"fare\"])",
                r#"error: there are nulls in age (2 rows)
hint: add .impute("age", strategy="median") to the recipe the model is fitted with, or drop the rows with .drop_nulls(["age"])"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survive\", features=[\"fare\"])",
                r#"error: the frame has no target column "survive"
hint: did you mean "survived"?"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"fares\"])",
                r#"error: the feature "fares" reads the column "fares", which the frame does not have
hint: did you mean "fare"?"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"fare +\"])",
                "\
error: cannot read the SQL `fare +` at character 7: expected an expression, found the end
hint: look here:
    fare +
          ^",
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"fare / avg(fare)\"])",
                r#"error: the feature "fare / avg(fare)" cannot be used: it reads rows other than its own
hint: a feature is a column or an SQL expression over columns of its own row, such as "log1p(Fare)""#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"survived\", \"fare\"])",
                r#"error: the target "survived" is also read by the feature "survived"
hint: leave it out of the features"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"fare\", features=[\"class\"])",
                r#"error: the target "fare" has values such as 211.5, so it is an amount, not a class
hint: turn it into classes, as in with_columns(fare="fare > 0.5")"#,
            ),
            (
                "LogisticRegression().fit(df.filter(\"survived = 1\"), target=\"survived\", features=[\"fare\"])",
                "\
error: all 6 rows are of one class, survived = 1
hint: a model needs rows of at least two classes",
            ),
            (
                "LogisticRegression().fit(df.head(0), target=\"survived\", features=[\"fare\"])",
                "\
error: there are no rows
hint: check the filter before it, and df.shape",
            ),
            (
                "LogisticRegression().fit(df, target=\"age\", features=[\"fare\"])",
                r#"error: the target "age" is null in 2 rows
hint: drop those rows with .drop_nulls(["age"])"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"CAST('inf' AS DOUBLE) * class\"])",
                "\
error: there are infinite values or NaN in CAST('inf' AS DOUBLE) * class (12 rows)
hint: filter those rows out, or make the values null and impute them",
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=Recipe([\"sex\"]).standardize(\"sex\"))",
                r#"error: standardize needs numbers, and sex is text by then
hint: use .one_hot("sex"), or strategy="most_frequent" to fill its nulls"#,
            ),
            (
                "LogisticRegression(class_weight={2: 1.0}).fit(df, target=\"survived\", features=[\"fare\"])",
                "\
error: class_weight names 2, which is not a class of the target (0, 1)
hint: name classes as they are in the target column",
            ),
            (
                "LogisticRegression().fit(df.with_columns(born=\"DATE '2000-01-01'\"), target=\"survived\", features=[\"born\"])",
                r#"error: the feature "born" has the type date; a feature is a number, a boolean or text
hint: convert it to a number or text first, for example with "year(born)" as the feature"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=3)",
                "error: fit: features must be a list of columns and expressions, or a Recipe, not an int",
            ),
            (
                "LogisticRegression().fit([1], target=\"survived\", features=[\"fare\"])",
                "error: type of parameter `frame` doesn't match, expected `frame`, actual `list (repr: [1])`",
            ),
        ],
    );
}

#[test]
fn a_fit_warns_where_its_numbers_mean_little() {
    shows(
        &mut fitted(),
        &[
            ("twin = df.with_columns(twin=\"survived * 10\", same=\"7\")", ""),
            (
                "m = LogisticRegression(penalty=None).fit(twin, target=\"survived\", features=[\"twin\", \"same\"])",
                r#"warning: the same value in every row, so nothing is learnt from it: same
warning: the features separate the classes perfectly (no row's own class has a probability below 1.0000), so the coefficients have no natural size; look for a feature that gives the target away, or use penalty="l2" with a smaller C"#,
            ),
            ("len(m.warnings)", "2"),
            (
                "m = LogisticRegression(max_iter=1).fit(twin, target=\"survived\", features=[\"class\", \"fare\"])",
                "warning: the fit did not converge: the mean gradient is 3.0e-2 after max_iter=1, and tol is 1e-8; raise max_iter, or lower C",
            ),
        ],
    );
}

#[test]
fn a_scored_frame_must_have_what_the_model_learnt_from() {
    shows(
        &mut fitted(),
        &[
            (
                "model.predict(df.drop(\"fare\").rename({\"age\": \"Age\"}))",
                r#"error: the frame does not fit the model: age (i64) is missing, fare (f64) is missing
hint: rename "Age" to "age""#,
            ),
            (
                "model.predict(df.cast({\"sex\": \"categorical\", \"age\": \"float64\"})).height",
                "12",
            ),
            (
                "model.predict(df.with_columns(age=\"'old'\"))",
                "\
error: the frame does not fit the model: age is str where i64 is expected
hint: give the model the columns it was trained on, cast where needed",
            ),
            (
                "model.predict(df.with_columns(fare=\"CASE WHEN class = 1 THEN NULL ELSE fare END\"))",
                r#"error: there are nulls in log1p(fare) (3 rows)
hint: add .impute("log1p(fare)", strategy="median") to the recipe the model is fitted with, or drop the rows with .drop_nulls(["fare"])"#,
            ),
            (
                "LogisticRegression().fit(df, target=\"survived\", features=[\"port\"]).predict(df.with_columns(port=\"CASE WHEN class = 1 THEN NULL ELSE port END\"))",
                r#"error: there are nulls in port (3 rows)
hint: add .impute("port", strategy="most_frequent") to the recipe the model is fitted with, or drop the rows with .drop_nulls(["port"])"#,
            ),
            (
                "model.predict(df.with_columns(prediction=\"1\"))",
                r#"error: the frame already has a column "prediction"
hint: set other names, as in predict(df, prediction="guess", probability="chance")"#,
            ),
            (
                "model.predict(df, prediction=\"p\", probability=\"p\")",
                r#"error: prediction and probability cannot both be called "p"
hint: set other names, as in predict(df, prediction="guess", probability="chance")"#,
            ),
            (
                "model.evaluate(df.drop(\"survived\"))",
                r#"error: the frame has no target column "survived"
hint: the frame has name, sex, age, class, fare, port"#,
            ),
            (
                "model.evaluate(df.with_columns(survived=\"survived + 1\"))",
                r#"error: the target "survived" has the value 2, which is not a class of the model (0, 1)
hint: filter those rows out, or fit on rows that have it"#,
            ),
            (
                "model.evaluate(df.head(0))",
                "\
error: there are no rows
hint: check the filter before it, and df.shape",
            ),
            ("model.predict(df.head(0)).shape", "(0, 9)"),
            (
                "model.evaluat(df)",
                "\
error: object of type `model` has no attribute `evaluat`
hint: did you mean `evaluate`?",
            ),
        ],
    );
}

#[test]
fn unseen_categories_are_reported_or_refused() {
    shows(
        &mut fitted(),
        &[
            (
                "lax = LogisticRegression().fit(df, target=\"survived\", features=[\"port\", \"class\"])",
                "",
            ),
            (
                "new = frame({\"port\": [\"S\", \"X\", \"Y\", \"X\"], \"class\": [1, 2, 3, 3]})",
                "",
            ),
            (
                "lax.predict(new)",
                r#"warning: port: 3 rows with a category that training did not have ("X" × 2, "Y" × 1)
shape: (4, 4)
┌──────┬───────┬────────────┬─────────────┐
│ port │ class │ prediction │ probability │
│ str  │   i64 │        i64 │         f64 │
├──────┼───────┼────────────┼─────────────┤
│ S    │     1 │          1 │    0.614401 │
│ X    │     2 │          1 │    0.551607 │
│ Y    │     3 │          0 │    0.430675 │
│ X    │     3 │          0 │    0.430675 │
└──────┴───────┴────────────┴─────────────┘"#,
            ),
            (
                "strict = LogisticRegression().fit(df, target=\"survived\", features=Recipe([\"port\"]).one_hot(\"port\", handle_unknown=\"error\"))",
                "",
            ),
            (
                "strict.predict(new)",
                r#"error: port: 3 rows with a category that training did not have ("X" × 2, "Y" × 1)
hint: fit with handle_unknown="ignore", or filter those rows out"#,
            ),
        ],
    );
}

#[test]
fn a_model_is_saved_and_loaded_as_it_was() {
    let mut live = fitted();
    shows(&mut live, &[
        ("model.save(\"/mnt/models/ship.ron\")", ""),
        ("again = load_model(\"/mnt/models/ship.ron\")", ""),
        ("again.predict(df).to_dicts() == model.predict(df).to_dicts()", "True"),
        ("again.coefficients().to_dicts() == model.coefficients().to_dicts()", "True"),
        ("again.metrics.log_loss == model.metrics.log_loss", "True"),
        ("again", "\
LogisticRegression()
survived (0, 1) from sex, age, log1p(fare)
trained on 12 rows: accuracy 0.8333, precision 0.8333, recall 0.8333, f1 0.8333, roc_auc 0.9167, log_loss 0.4600

term         coefficient  odds ratio
(intercept)    -1.339958      0.2619
sex_male       -1.064069      0.3450
age            -0.478547      0.6197
log1p(fare)     0.629183      1.8761

read /mnt/data/passengers.csv (sha256 e0c683a14c42…)"),
        ("again.save(\"/mnt/models/copy.ron\")", ""),
        ("model.save(\"/mnt/models/ship.ron\")", r#"error: `/mnt/models/ship.ron` exists already
hint: pass mode="overwrite" to replace it"#),
        ("model.save(\"/mnt/models/ship.ron\", mode=\"overwrite\")", ""),
        ("model.save(\"/mnt/models/ship.ron\", overwrite=True)", r#"error: `save` takes no argument named `overwrite`
hint: to replace an existing file, write mode="overwrite""#),
        ("model.save(\"/mnt/models/ship.ron\", moed=\"overwrite\")", "error: `save` takes no argument named `moed`
hint: did you mean `mode`?"),
        ("load_model(\"/mnt/models/shop.ron\")", "\
error: /mnt/models/shop.ron does not exist
hint: did you mean /mnt/models/ship.ron?"),
    ]);
    let models = live.folder().join(".sheaf/models");
    let text = fs::read_to_string(models.join("ship.ron")).unwrap();
    assert_eq!(fs::read_to_string(models.join("copy.ron")).unwrap(), text);
    // What is learnt is in the unit tests; here it is that a person can read it, and see where it came from.
    let outline: Vec<&str> = text.lines().filter(|line| !line.starts_with("    ")).collect();
    assert_eq!(
        outline.join("\n"),
        r#"(
  format: "sheaf-model",
  version: 1,
  estimator: "LogisticRegression",
  settings: {
  },
  target: "survived",
  target_type: Int64,
  classes: [
  ],
  recipe: (
  ),
  coefficients: (
  ),
  rows: 12,
  metrics: (
  ),
  provenance: (
  ),
)"#
    );
    let origin = text.split_once("  provenance: ").unwrap().1;
    assert_eq!(
        origin,
        r#"(
    inputs: [
      (
        name: "/mnt/data/passengers.csv",
        sha256: "e0c683a14c42f4133a6744106f1f5c206ff830fbdb8e7d5b3cb3d9441704dc70",
      ),
    ],
  ),
)
"#
    );
}

#[test]
fn a_bad_model_file_is_refused_by_name() {
    let mut live = fitted();
    live.enter("model.save(\"/mnt/models/good.ron\")");
    let models = live.folder().join(".sheaf/models");
    let good = fs::read_to_string(models.join("good.ron")).unwrap();
    let cases = [
        (good.replace("version: 1", "version: 9"), "\
error: `/mnt/models/bad.ron`: the model is of version 9, and this Sheaf reads up to version 1
hint: update Sheaf, or save the model again with this version"),
        (good.replace("sheaf-model", "shelf-model"), "\
error: `/mnt/models/bad.ron`: it is not a Sheaf model
hint: load_model reads what model.save wrote"),
        (good[..good.len() / 2].to_owned(), "\
error: `/mnt/models/bad.ron`: the model is damaged at line 53, column 25: Unexpected end of RON
hint: fit and save the model again"),
        (good.replacen("intercepts: [", "intercepts: [1.5,", 1), "\
error: `/mnt/models/bad.ron`: the model is inconsistent: 2 classes need 1 rows of coefficients and intercepts, and it has 1 and 2
hint: fit and save the model again"),
        (good.replacen("rows: 12", "rows: -12", 1), "\
error: `/mnt/models/bad.ron`: the model is damaged at line 83, column 10: Integer is out of bounds
hint: fit and save the model again"),
        (good.replace("LogisticRegression", "LogisticRegresion"), "\
error: `/mnt/models/bad.ron`: there is no estimator LogisticRegresion
hint: did you mean LogisticRegression?"),
        ("a,b\n1,2\n".to_owned(), "\
error: `/mnt/models/bad.ron`: it is not a Sheaf model
hint: load_model reads what model.save wrote"),
        (String::new(), "\
error: `/mnt/models/bad.ron`: it is not a Sheaf model
hint: load_model reads what model.save wrote"),
        ("[".repeat(100_000), "\
error: `/mnt/models/bad.ron`: the model is nested more than 32 levels deep
hint: load_model reads what model.save wrote"),
    ];
    for (text, expected) in cases {
        fs::write(models.join("bad.ron"), text).unwrap();
        shows(&mut live, &[("load_model(\"/mnt/models/bad.ron\")", expected)]);
    }
    fs::write(models.join("bad.ron"), [0xff, 0xfe, 0x00]).unwrap();
    shows(
        &mut live,
        &[
            (
                "load_model(\"/mnt/models/bad.ron\")",
                "\
error: `/mnt/models/bad.ron` is not a model: it is not text
hint: give the path of a file that model.save(path) wrote",
            ),
            (
                "load_model(\"/mnt/models\")",
                "\
error: cannot read `/mnt/models`: is a directory
hint: give the path of a file that model.save(path) wrote",
            ),
        ],
    );
}
