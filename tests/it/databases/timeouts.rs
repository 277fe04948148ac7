//! A connection that may take so long and no longer: what takes longer is stopped, and has changed nothing.

use super::kinds::{Kind, for_every_kind};
use crate::live::Live;

for_every_kind! {
    what_takes_too_long_is_stopped_and_has_changed_nothing;
}

/// A query that takes for ever.
const ENDLESS: &str =
    "SELECT count(*) AS n FROM kept AS a, kept AS b, kept AS c, kept AS d, kept AS e, kept AS f";

fn what_takes_too_long_is_stopped_and_has_changed_nothing<K: Kind>() {
    let kind = K::start();
    let values: Vec<String> = (1..=1000).map(|id| format!("({id})")).collect();
    kind.client(&format!(
        "CREATE TABLE kept (id BIGINT);\nINSERT INTO kept VALUES {};",
        values.join(", ")
    ));
    let mut live = Live::new();
    let connect = |timeout: &str| format!("con = connect({:?}, timeout={timeout})", kind.url());
    assert_eq!(live.enter(&connect("0.5")), "");
    let asked = format!("con.query({ENDLESS:?})");
    let changed = format!("con.execute(\"INSERT INTO kept {ENDLESS}\")");
    let loaded = format!(
        "frame({{\"id\": [1]}}).write_table(con, \"kept\", mode=\"append\", before=\"DELETE FROM kept WHERE id = ({ENDLESS})\")"
    );
    for cell in [&asked, &changed, &loaded, &asked] {
        let told = live.enter(cell);
        assert!(
            told.contains(
                "has taken longer than the timeout of 0.5 s; it was stopped, and what was not finished has changed \
                 nothing\nhint: give the connection more time, connect(…, timeout=SECONDS)"
            ),
            "{cell}: {told}"
        );
    }
    assert_eq!(kind.client("SELECT count(*) FROM kept"), "1000\n");
    // What is quick enough is done, on the same connection.
    assert_eq!(
        live.enter("con.query(\"SELECT count(*) AS n FROM kept\")[\"n\"].to_list()"),
        "[1000]"
    );
    for wrong in ["0", "-1", "1e300"] {
        let told = live.enter(&connect(wrong));
        assert!(told.starts_with("error: connect: timeout is "), "{told}");
    }
}
