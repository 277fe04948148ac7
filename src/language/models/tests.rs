//! Estimators of every task in cells: the builtin that makes one, and what a model of its task can do.

use crate::job::{Job, Options};
use crate::notebook::Cell;
use crate::render::{Style, output};
use crate::workspace::Workspace;

/// Runs cells one after the other, and returns each with what it showed.
fn transcript(sources: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::find(folder.path()).unwrap();
    let job = Job::in_folder(folder.path(), &workspace, &Options::default());
    let mut session = job.unwrap().into_session();
    let mut shown = String::new();
    for source in sources {
        shown.push_str(&format!(">>> {source}\n"));
        let id = session.append(Cell::from_prompt(source));
        let ran = session.run(id, |item| {
            shown.push_str(&format!("{}\n", output(&item, &Style::default())));
        });
        if let Err(error) = ran {
            shown.push_str(&format!("error: {}\n", error.message));
            shown.extend(error.hint.map(|hint| format!("hint: {hint}\n")));
        }
    }
    shown
}

#[test]
fn a_regressor_goes_the_way_of_a_classifier() {
    let shown = transcript(&[
        "df = frame({\"x\": [1, 2, 3, 4], \"y\": [1.0, 2.0, 3.0, 6.0]})",
        "MeanRegressor(shift=1.0)",
        "MeanRegressor(shift=\"far\")",
        "MeanRegressor(shfit=1.0)",
        "MeanRegressor(1.0)",
        "model = MeanRegressor().fit(df, target=\"y\", features=[\"x\"])",
        "model",
        "[model.target, model.features, model.terms, model.rows, model.score(df), model.metrics.rmse]",
        "model.evaluate(df)",
        "e = model.evaluate(df)\n[e.n, e.r2, e.mae, dir(e)]",
        "model.evaluate(df).accuracy",
        "model.coefficients()",
        "model.predict(df.head(1), prediction=\"guess\")",
        "model.predict_proba(df)",
        "model.classes",
        "model.plot.confusion(df)",
        "model.save(\"/mnt/out/mean.ron\")\nassert_equal(load_model(\"/mnt/out/mean.ron\"), model)",
        "assert_equal(model, MeanRegressor().fit(df.head(3), target=\"y\", features=[\"x\"]))",
        "MeanRegressor().fit(df, target=None, features=[\"x\"])",
        "help(MeanRegressor)",
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn clusterers_and_transformers_learn_without_a_target() {
    let shown = transcript(&[
        "df = frame({\"x\": [1.0, 2.0, 3.0, 11.0, 12.0, 16.0]})",
        "groups = NearestMeans(n_clusters=2).fit(df, target=None, features=[\"x\"])",
        "groups",
        "groups.predict(df)[\"prediction\"].to_list()",
        "groups.evaluate(df)",
        "groups.target",
        "groups.metrics",
        "groups.coefficients()",
        "groups.save(\"/mnt/out/groups.ron\")\nassert_equal(load_model(\"/mnt/out/groups.ron\"), groups)",
        "assert_equal(groups, NearestMeans(n_clusters=3).fit(df, target=None, features=[\"x\"]))",
        "assert_equal(groups, NearestMeans(n_clusters=2).fit(df.head(4), target=None, features=[\"x\"]))",
        "NearestMeans().fit(df, target=\"x\", features=[\"x\"])",
        "scaler = MaxAbsScaler().fit(df, target=None, features=[\"x\"])",
        "scaler.predict(df.tail(2))",
        "scaler",
        "help(scaler)",
    ]);
    insta::assert_snapshot!(shown);
}
