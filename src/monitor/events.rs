//! `/api/events`: the runs that change, as they do (server-sent events).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Response};
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::unfold;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::answer::guarded;
use super::audience::Ticket;
use super::monitor::{Arrived, Monitor};
use super::pages::refused;
use super::refusal::Refusal;
use crate::work::Stopped;

/// How often the store is asked for changes.
const EVERY: Duration = Duration::from_millis(400);

/// How often something is said where nothing changes, so that both sides know of each other.
const ALIVE: Duration = Duration::from_secs(15);

/// How long a stream lasts: a browser then asks again by itself, and continues with the event that it heard last.
const LASTS: Duration = Duration::from_mins(10);

/// How long a browser waits before it asks again.
const AGAIN: Duration = Duration::from_secs(1);

/// The most runs that an event names; it says where there are more.
const MOST: usize = 200;

/// What is kept between two events.
struct Listening {
    monitor: Arc<Monitor>,
    /// The number of the last change that was told; none before the first event.
    told: Option<u64>,
    begins_at: u64,
    /// Who listens, as long as they may.
    arrived: Arc<Arrived>,
    ends: Instant,
    _ticket: Ticket,
}

/// Answers with the runs that change from now on, or since the event that a browser heard last.
pub(super) async fn listen(monitor: Arc<Monitor>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    match begin(monitor, request).await {
        Ok(listening) => {
            let kept = KeepAlive::new().interval(ALIVE);
            let mut response = guarded(Sse::new(unfold(listening, next)).keep_alive(kept).into_response());
            // A proxy that gathers answers would hold events back.
            let name = HeaderName::from_static("x-accel-buffering");
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static("no"));
            response
        }
        Err(refusal) => refused::answer(&refusal, &path).into_response(),
    }
}

async fn begin(monitor: Arc<Monitor>, request: Request) -> Result<Listening, Refusal> {
    let arrived = monitor.arrived(request).await?;
    let ticket = monitor.audience.enter(arrived.from).ok_or(Refusal::Busy)?;
    if let Some(pace) = &arrived.pace {
        pace.streams();
    }
    let heard = arrived.headers.get("last-event-id");
    let heard = heard.and_then(|heard| heard.to_str().ok()?.parse().ok());
    let begun = spawn_blocking(move || {
        monitor.caller(&arrived)?;
        Ok(Listening {
            begins_at: match heard {
                Some(heard) => heard,
                None => monitor.view.last_change()?,
            },
            told: None,
            arrived: Arc::new(arrived),
            monitor,
            ends: Instant::now() + LASTS,
            _ticket: ticket,
        })
    });
    begun
        .await
        .unwrap_or_else(|error| Err(Refusal::Failed(Stopped::Panicked(error.to_string()).into())))
}

/// Waits for the next change. The stream ends after a while, when the store does not answer, or when whoever listens is no longer
/// allowed to; a browser then asks again.
async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    let Some(told) = listening.told else {
        listening.told = Some(listening.begins_at);
        let event = Event::default()
            .event("ready")
            .retry(AGAIN)
            .id(listening.begins_at.to_string())
            .data("{}");
        return Some((Ok(event), listening));
    };
    while Instant::now() < listening.ends {
        sleep(EVERY).await;
        let (monitor, arrived) = (Arc::clone(&listening.monitor), Arc::clone(&listening.arrived));
        let changes = spawn_blocking(move || {
            // A token that was removed hears nothing more.
            monitor.caller(&arrived)?;
            Ok::<_, Refusal>(monitor.view.runs.changes_since(told)?)
        });
        let Ok(Ok((number, mut runs))) = changes.await else {
            return None;
        };
        if number != told {
            listening.told = Some(number);
            let are_more = runs.len() > MOST;
            runs.truncate(MOST);
            let runs: Vec<&str> = runs.iter().map(|id| id.0.as_str()).collect();
            let event = Event::default()
                .event("change")
                .id(number.to_string())
                .data(json!({ "runs": runs, "more": are_more }).to_string());
            return Some((Ok(event), listening));
        }
    }
    None
}
