//! The way of every request: taken in, recognised, let through, answered.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, header};
use axum::routing::{MethodFilter, on};
use chrono_tz::Tz;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::access::cookie_of;
use super::answer::Answer;
use super::asked::{Asked, ZONE, is_api, zone};
use super::events;
use super::fields::Fields;
use super::monitor::{Arrived, Monitor};
use super::pages::{refused, sign_in};
use super::refusal::Refusal;
use super::routes::{Handler, Needs, ROUTES};
use crate::work::Stopped;

/// Returns the way from each address to what answers.
pub(super) fn router(monitor: &Arc<Monitor>) -> Router {
    let mut router = Router::new();
    for route in &ROUTES {
        let method = match route.needs {
            // `HEAD` is let through with it.
            Needs::Nothing | Needs::View => MethodFilter::GET,
            Needs::Change(_) => MethodFilter::POST,
        };
        router = router.route(
            route.path,
            on(method, through(monitor, route.needs, route.handler)),
        );
    }
    let sign_in = through(monitor, Needs::Nothing, sign_in::sign_in);
    let listening = Arc::clone(monitor);
    let listen = move |request: Request| events::listen(Arc::clone(&listening), request);
    router
        .route("/sign-in", on(MethodFilter::POST, sign_in))
        .route("/api/events", on(MethodFilter::GET, listen))
        .method_not_allowed_fallback(through(monitor, Needs::Nothing, |_, _| Err(Refusal::Method)))
        .fallback(through(monitor, Needs::Nothing, |_, asked| {
            Err(Refusal::NotFound {
                what: format!("there is nothing at {}", asked.path),
                hint: "the list of runs is at /".to_owned(),
            })
        }))
}

/// Returns the way of requests to what answers them.
fn through(
    monitor: &Arc<Monitor>,
    needs: Needs,
    handler: Handler,
) -> impl Fn(Request) -> BoxFuture<'static, Response<Body>> + Clone + Send + Sync + 'static {
    let monitor = Arc::clone(monitor);
    move |request| Box::pin(answer(Arc::clone(&monitor), request, needs, handler))
}

async fn answer(monitor: Arc<Monitor>, request: Request, needs: Needs, handler: Handler) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let answered = match monitor.arrived(request).await {
        Ok(arrived) => spawn_blocking(move || handle(&monitor, arrived, needs, handler))
            .await
            .unwrap_or_else(|error| Err(Refusal::Failed(Stopped::Panicked(error.to_string()).into()))),
        Err(refusal) => Err(refusal),
    };
    answered
        .unwrap_or_else(|refusal| refused::answer(&refusal, &path))
        .into_response()
}

fn handle(monitor: &Monitor, arrived: Arrived, needs: Needs, handler: Handler) -> Result<Answer, Refusal> {
    let caller = match needs {
        Needs::Nothing => None,
        Needs::View | Needs::Change(_) => Some(monitor.caller(&arrived)?),
    };
    let chosen = arrived.query.get("zone").map(zone).transpose()?;
    let kept = || zone(&cookie_of(&arrived.headers, ZONE)?.replace("%2F", "/")).ok();
    let kind = arrived.headers.get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| kind.to_str().unwrap_or("?"));
    let is_json = kind.is_some_and(is_json);
    if matches!(needs, Needs::Change(_)) && is_api(&arrived.path) && !is_json {
        let kind = kind.map(str::to_owned);
        return Err(Refusal::NotJson { kind });
    }
    let asked = Asked {
        json: is_json.then(|| json(&arrived.body)).transpose()?,
        form: if is_json {
            Fields::default()
        } else {
            Fields::parse(&arrived.body)
        },
        zone: chosen.or_else(kept).unwrap_or(Tz::UTC),
        now: SystemTime::now().into(),
        path: arrived.path,
        parts: arrived.parts,
        query: arrived.query,
        from: arrived.from,
        caller,
    };
    if let (Needs::Change(role), Some(caller)) = (needs, &asked.caller) {
        let mark = arrived
            .headers
            .get("x-sheaf-mark")
            .and_then(|mark| mark.to_str().ok());
        monitor
            .access
            .check_mark(caller, mark.or_else(|| asked.form.get("mark")))?;
        caller.needs(role)?;
        let by = caller.name.as_deref().unwrap_or("this machine");
        tracing::info!(by, path = asked.path, "a change was asked for");
    }
    let mut answer = handler(monitor, &asked)?;
    if let Some(zone) = chosen {
        let zone = zone.name().replace('/', "%2F");
        answer = answer.with(
            header::SET_COOKIE,
            format!("{ZONE}={zone}; Path=/; SameSite=Lax; Max-Age=31536000"),
        );
    }
    if let Some(cookie) = asked.caller.and_then(|caller| caller.new_cookie) {
        answer = answer.with(header::SET_COOKIE, monitor.set_cookie(&cookie));
    }
    Ok(answer)
}

/// Returns whether a content type is JSON's, whatever letters it says that it has.
fn is_json(kind: &str) -> bool {
    let name = kind.split(';').next().unwrap_or_default().trim();
    name.eq_ignore_ascii_case("application/json")
}

/// Reads an object; nothing is an empty one.
fn json(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body).map_err(|error| Refusal::Wrong {
        what: format!("the body is not an object of JSON: {error}"),
        hint: "send one, such as {\"from\": \"failed\"}".to_owned(),
    })
}
