//! The style sheet, the script and the icon: files of this program.

use std::sync::LazyLock;

use crate::digest::Digest;
use crate::export::{EMBEDDED_SCRIPT, EMBEDDED_STYLE};
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;

/// The colours, letters and cells of exported notebooks, below what the monitor says of its own pages.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "@layer notebook {{{EMBEDDED_STYLE}}}\n{}",
        include_str!("../assets/monitor.css")
    )
});

/// What makes a notebook's tables sort, and what shows changes; each in a scope of its own.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "\"use strict\";\n{{{EMBEDDED_SCRIPT}}}\n{{{}}}\n",
        include_str!("../assets/monitor.js")
    )
});

const ICON: &str = include_str!("../assets/icon.svg");

/// Answers with the style sheet.
pub(in crate::monitor) fn style(_: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    Ok(asset("text/css; charset=utf-8", &STYLE))
}

/// Answers with the script.
pub(in crate::monitor) fn script(_: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    Ok(asset("text/javascript; charset=utf-8", &SCRIPT))
}

/// Answers with the icon.
pub(in crate::monitor) fn icon(_: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    Ok(asset("image/svg+xml", ICON))
}

fn asset(kind: &'static str, text: &str) -> Answer {
    Answer::asset(
        kind,
        text,
        &format!("\"{}\"", Digest::of_bytes(text.as_bytes()).short()),
    )
}
