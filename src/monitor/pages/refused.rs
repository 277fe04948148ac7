//! What is answered instead, and what to do about it.

use axum::http::header;
use serde_json::json;

use super::layout::Page;
use super::sign_in;
use crate::monitor::answer::Answer;
use crate::monitor::asked::is_api;
use crate::monitor::markup::Markup;
use crate::monitor::refusal::Refusal;

/// Returns the answer to a request that is refused: a page, or JSON for a program.
pub(in crate::monitor) fn answer(refusal: &Refusal, path: &str) -> Answer {
    let answer = if is_api(path) {
        Answer::json(&json!({ "error": refusal.to_string(), "hint": refusal.hint() }))
    } else {
        Answer::page(page(refusal, path))
    };
    let answer = answer.with_status(refusal.status());
    match refusal {
        Refusal::Wait(time) => answer.with(header::RETRY_AFTER, time.as_secs().max(1).to_string()),
        Refusal::SignIn | Refusal::WrongToken if is_api(path) => {
            answer.with(header::WWW_AUTHENTICATE, "Bearer realm=\"sheaf\"".to_owned())
        }
        _ => answer,
    }
}

fn page(refusal: &Refusal, path: &str) -> Markup {
    let title = refusal.status().canonical_reason().unwrap_or("Refused");
    let mut content = Markup::default();
    content.said("h1", &[], title);
    content.element("p", &[("class", "notice failed"), ("role", "alert")], |notice| {
        notice.text(&capitalised(&refusal.to_string())).raw(".");
    });
    if let Some(hint) = refusal.hint() {
        content.element("p", &[], |line| {
            line.raw("<strong>Hint</strong> ").text(&hint).raw(".");
        });
    }
    match refusal {
        Refusal::SignIn | Refusal::WrongToken | Refusal::Wait(_) => sign_in::form(&mut content, path),
        Refusal::Host { .. } => {}
        _ => {
            content.raw("<p><a href=\"/\">All runs</a></p>\n");
        }
    }
    let page = Page {
        title,
        section: "",
        is_live: false,
        content,
    };
    page.markup(None)
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
