//! Scoring in a database says what scoring here says: which rows have categories that training did not have.

use super::kinds::{Kind, for_every_kind};
use crate::live::Live;

for_every_kind! {
    categories_that_training_did_not_have_are_told_as_predict_tells_them;
}

fn categories_that_training_did_not_have_are_told_as_predict_tells_them<K: Kind>() {
    const TOLD: &str = "town: 3 rows with a category that training did not have (\"Genf\" × 2, \"Rom\" × 1)";
    let kind = K::start();
    let mut live = Live::new();
    let cell = format!(
        "con = connect({:?})\n\
         past = frame({{\"town\": [\"Bern\", \"Ulm\", \"Bern\", \"Ulm\"] * 10, \"rooms\": [1.0, 2.0, 4.0, 3.0] * 10, \"sold\": [0, 1, 1, 0] * 10}})\n\
         model = LogisticRegression().fit(past, target=\"sold\", features=[\"town\", \"rooms\"])\n\
         new = frame({{\"id\": [1, 2, 3, 4], \"town\": [\"Bern\", \"Genf\", \"Rom\", \"Genf\"], \"rooms\": [1.0, 2.0, 3.0, 4.0]}})\n\
         new.write_table(con, \"homes\").rows",
        kind.url()
    );
    assert_eq!(live.enter(&cell), "4");
    for scored in [
        "here = model.predict(new)",
        "there = con.score(model, \"homes\", keys=[\"id\"])",
        "filled = con.score(model, \"homes\", into=\"scores\", keys=[\"id\"])",
    ] {
        let told = live.enter(scored);
        assert!(told.contains(TOLD), "{scored}: {told}");
    }
    let known = "con.execute(\"UPDATE homes SET town = 'Ulm'\")";
    assert_eq!(live.enter(known), "4");
    assert_eq!(
        live.enter("again = con.score(model, \"homes\", keys=[\"id\"])"),
        ""
    );
}
