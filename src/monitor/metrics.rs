//! `/metrics` in Prometheus' text format, and `/healthz`.

use std::fmt::Write as _;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;

use super::answer::Answer;
use super::asked::Asked;
use super::monitor::Monitor;
use super::refusal::Refusal;
use super::view::Leading;
use crate::schedule::{PipelineStatistics, ScheduleError};

/// Answers that the server is there, that its store answers, and whether it leads where one is elected.
pub(super) fn health(monitor: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    let kind = "text/plain; charset=utf-8";
    let leading = || monitor.view.last_change().and_then(|_| monitor.view.leading());
    // Anyone may ask: what is wrong, and where, is not for everyone.
    Ok(match leading() {
        Ok(leading) => {
            let said = match leading {
                None => "ok\n",
                Some(Leading::This(_)) => "ok, leads\n",
                Some(Leading::Other(_)) => "ok, stands by\n",
                Some(Leading::Nobody) => "ok, and no process leads\n",
            };
            Answer::text(kind, said.to_owned())
        }
        Err(error) => {
            let said = match error {
                ScheduleError::Away { .. } => "waits for the database of the store of runs, which is away\n",
                _ => "the store of runs does not answer\n",
            };
            Answer::text(kind, said.to_owned()).with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
    })
}

/// Answers with how many runs there are, how long they took, how late they began, and what the process uses.
pub(super) fn show(monitor: &Monitor, _: &Asked) -> Result<Answer, Refusal> {
    let mut text = String::new();
    let statistics = monitor.view.runs.statistics(None)?;
    family(
        &mut text,
        "sheaf_runs",
        "gauge",
        "Runs in the store, by pipeline and status.",
    );
    for one in &statistics {
        for (status, count) in &one.runs {
            let pipeline = label(&one.pipeline);
            let _ = writeln!(
                text,
                "sheaf_runs{{pipeline=\"{pipeline}\",status=\"{status}\"}} {count}"
            );
        }
    }
    let help = "How long the runs in the store took that have ended.";
    by_pipeline(&mut text, &statistics, "sheaf_run_seconds", help, |one| {
        one.seconds
    });
    let help = "How long the longest of them took.";
    by_pipeline(&mut text, &statistics, "sheaf_run_longest_seconds", help, |one| {
        one.longest
    });
    if let Some(lateness) = monitor.view.lateness()? {
        family(
            &mut text,
            "sheaf_scheduler_lateness_seconds",
            "gauge",
            "How long after its time the last scheduled run began.",
        );
        let _ = writeln!(
            text,
            "sheaf_scheduler_lateness_seconds {}",
            lateness.as_secs_f64()
        );
    }
    if let Some(leading) = monitor.view.leading()? {
        let help = "Whether this process runs what triggers ask for, of those that serve the workspace.";
        family(&mut text, "sheaf_leads", "gauge", help);
        let leads = matches!(leading, Leading::This(_));
        let _ = writeln!(text, "sheaf_leads {}", u8::from(leads));
    }
    family(&mut text, "sheaf_build_info", "gauge", "The version of Sheaf.");
    let _ = writeln!(
        text,
        "sheaf_build_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    );
    let began = monitor.began.duration_since(UNIX_EPOCH).unwrap_or_default();
    family(
        &mut text,
        "process_start_time_seconds",
        "gauge",
        "When the server began, in seconds since 1970.",
    );
    let _ = writeln!(text, "process_start_time_seconds {}", began.as_secs_f64());
    let up = SystemTime::now()
        .duration_since(monitor.began)
        .unwrap_or_default();
    family(
        &mut text,
        "sheaf_uptime_seconds",
        "gauge",
        "How long the server has run.",
    );
    let _ = writeln!(text, "sheaf_uptime_seconds {}", up.as_secs_f64());
    if let Some(bytes) = resident() {
        family(
            &mut text,
            "process_resident_memory_bytes",
            "gauge",
            "Memory of the process.",
        );
        let _ = writeln!(text, "process_resident_memory_bytes {bytes}");
    }
    Ok(Answer::text("text/plain; version=0.0.4; charset=utf-8", text))
}

fn by_pipeline(
    text: &mut String,
    statistics: &[PipelineStatistics],
    name: &str,
    help: &str,
    value: fn(&PipelineStatistics) -> f64,
) {
    family(text, name, "gauge", help);
    for one in statistics {
        let _ = writeln!(
            text,
            "{name}{{pipeline=\"{}\"}} {}",
            label(&one.pipeline),
            value(one)
        );
    }
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// Writes the value of a label, as the format has it.
fn label(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Returns the memory of this process in bytes, where the system tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_label_cannot_end_it() {
        assert_eq!(label("a\"} 1\nb\\"), "a\\\"} 1\\nb\\\\");
    }
}
