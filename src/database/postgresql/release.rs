//! A session as it was when it was opened, for whoever needs one next.

use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::connect::prepare;

/// What `DISCARD ALL` does, but for statements that are prepared: some are the library's, which keeps them for itself.
const RELEASE: &str = "ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; RESET ALL; UNLISTEN *; \
     SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD PLANS; DISCARD TEMP; DISCARD SEQUENCES";
/// Those that a person has prepared, whose names the next one may want.
const PREPARED: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_statements WHERE from_sql";

/// Gives back all that a session has; returns whether it is as it was when it was opened.
pub(super) async fn release(client: &Client, path: Option<&str>) -> Result<bool, Error> {
    client.batch_execute(RELEASE).await?;
    client.clear_type_cache();
    let prepared = client.simple_query(PREPARED).await?;
    let has_none = prepared.iter().any(|answer| match answer {
        SimpleQueryMessage::Row(row) => row.try_get(0).is_ok_and(|count| count == Some("0")),
        _ => false,
    });
    prepare(client, path).await?;
    Ok(has_none)
}
