//! The part of a run's time that an activity took, as a bar in a line of text.

use chrono::{DateTime, Utc};
use ratatui_core::style::Style;
use ratatui_core::text::Span;

use crate::monitor::pages::{LINE, RunSpan, of_activity};
use crate::monitor::terminal::theme::{dim, status};
use crate::pipeline::ActivityStatus;

/// A part of a line of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) began: DateTime<Utc>,
    pub(super) ended: Option<DateTime<Utc>>,
    pub(super) status: ActivityStatus,
}

/// Returns the bars of parts of a run's time in so many columns, to half of one; each is seen, however short it was.
pub(super) fn bar(span: RunSpan, parts: &[Part], wide: usize, now: DateTime<Utc>) -> Vec<Span<'static>> {
    // Each column has two halves.
    let mut halves: Vec<Option<ActivityStatus>> = vec![None; wide * 2];
    let at = |time| (span.at(time) / LINE * (wide * 2) as f64).round() as usize;
    for part in parts {
        let end = at(part.ended.unwrap_or(now)).min(halves.len());
        let start = at(part.began).min(halves.len().saturating_sub(1));
        let end = end.max(start + 1).min(halves.len());
        for half in halves.get_mut(start..end).unwrap_or_default() {
            *half = Some(part.status);
        }
    }
    let columns = halves.chunks(2).map(|halves| {
        let (left, right) = match halves {
            [left, right] => (*left, *right),
            _ => (None, None),
        };
        let sign = match (left, right) {
            (None, None) => return ("·", dim()),
            (Some(_), Some(_)) => "█",
            (Some(_), None) => "▌",
            (None, Some(_)) => "▐",
        };
        let style = left
            .or(right)
            .map_or_else(Style::new, |one| status(of_activity(one)));
        (sign, style)
    });
    let mut spans: Vec<(String, Style)> = Vec::new();
    for (sign, style) in columns {
        match spans.last_mut() {
            Some((text, before)) if *before == style => text.push_str(sign),
            _ => spans.push((sign.to_owned(), style)),
        }
    }
    spans
        .into_iter()
        .map(|(text, style)| Span::styled(text, style))
        .collect()
}
