//! Alerts, and the requests of alerts and activities.

use super::report::{Report, meant};
use super::subject::Subject;
use super::{expressions, known, notebooks};
use crate::pipeline::activity::Http;
use crate::pipeline::definition::Action;
use crate::ron_text::ValuePath;

/// The methods of a request.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Checks the alerts of a pipeline, and the requests that its activities send.
pub(super) fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    subject.each_activity(|activity, path| {
        if let Action::Http(http) = &activity.action {
            request(http, &path.name("type"), report);
        }
    });
    let known = known::of_alert(subject.pipeline);
    for (index, alert) in subject.pipeline.alerts.iter().enumerate() {
        let path = ValuePath::default().name("alerts").item(index);
        if alert.on.is_empty() {
            let hint = Some("write `on: [Failed]`".to_owned());
            report.at(&path.name("on"), "the alert never fires: `on` is empty", hint);
        }
        if alert.http.is_none() && alert.notebook.is_none() {
            let hint = Some("add `http: (url: \"…\")` or `notebook: (path: \"…\")`".to_owned());
            report.at(&path, "the alert has no receiver", hint);
        }
        if let Some(http) = &alert.http {
            let path = path.name("http");
            request(http, &path, report);
            expressions::text(http.url.as_str(), &path.name("url"), &known, report);
            for (name, value) in &http.headers {
                let path = path.name("headers").name(name.as_str());
                expressions::text(value.as_str(), &path, &known, report);
            }
            if let Some(body) = &http.body {
                expressions::value(body, &path.name("body"), &known, report);
            }
        }
        if let Some(notebook) = &alert.notebook {
            let path = path.name("notebook");
            notebooks::check_one(subject, notebook, &path, report);
            for (name, value) in &notebook.parameters {
                let path = path.name("parameters").name(name.as_str());
                expressions::value(value, &path, &known, report);
            }
        }
    }
}

fn request(http: &Http, path: &ValuePath, report: &mut Report<'_>) {
    if let Some(method) = http.method.as_deref()
        && !METHODS.contains(&method.to_uppercase().as_str())
    {
        report.at(
            &path.name("method"),
            format!("there is no method {method:?}"),
            meant(method, METHODS, ""),
        );
    }
    let url = http.url.as_str();
    let behind = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = behind.and_then(|behind| behind.split(['/', '?', '#']).next());
    match host {
        None | Some("") => report.at(
            &path.name("url"),
            format!("{url:?} is not the URL of a web server"),
            Some("write it with its scheme and host: \"https://example.com/hook\"".to_owned()),
        ),
        // Also where the host's end is within an expression: `https://@{x}`.
        Some(host) if host.contains("@{") => report.at(
            &path.name("url"),
            "the host of a request cannot be an expression: it has to be known before the run",
            Some("write the host out, and use expressions only behind it".to_owned()),
        ),
        Some(_) => {}
    }
}
