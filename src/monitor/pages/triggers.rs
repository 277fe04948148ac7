//! `/triggers`: what starts runs, and when it does so next.

use super::change::{self, Look, may};
use super::layout::Page;
use super::status::{badge, of_run, of_trigger};
use crate::monitor::access::Role;
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::markup::Markup;
use crate::monitor::moment::{dash, moment};
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::monitor::view::TriggerState;
use crate::schedule::{RunRow, TriggerName};

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let triggers = monitor.view.triggers(asked.now)?;
    let mut content = Markup::default();
    content.raw("<h1>Triggers</h1>\n");
    content.element("div", &[("id", "triggers"), ("data-part", "")], |part| {
        if triggers.is_empty() {
            part.raw("<p class=\"empty\">No published pipeline has a trigger: <code>sheaf pipeline publish</code> publishes them.</p>\n");
            return;
        }
        part.raw("<table class=\"stacks\">\n<caption class=\"aside\">Triggers of the published pipelines</caption>\n<thead><tr>")
            .raw("<th scope=\"col\">Trigger</th><th scope=\"col\">State</th><th scope=\"col\">Pipeline</th><th scope=\"col\">When</th>")
            .raw("<th scope=\"col\">Next</th><th scope=\"col\">Last run</th>");
        if may(asked, Role::Edit) {
            part.raw("<th scope=\"col\">Action</th>");
        }
        part.raw("</tr></thead>\n<tbody>\n");
        for trigger in &triggers {
            part.element("tr", &[], |line| row(line, asked, trigger));
            part.raw("\n");
        }
        part.raw("</tbody></table>\n");
    });
    let page = Page {
        title: "Triggers",
        section: "/triggers",
        is_live: true,
        content,
    };
    Ok(page.answer(asked))
}

fn row(into: &mut Markup, asked: &Asked, state: &TriggerState) {
    let TriggerName { pipeline, name } = &state.trigger;
    into.element("th", &[("scope", "row")], |cell| {
        let runs = format!(
            "{}&trigger={}",
            address::runs_of("pipeline", pipeline),
            address::part(name)
        );
        cell.link(&runs, name);
    });
    into.element("td", &[("data-label", "State")], |cell| {
        badge(cell, of_trigger(state.is_started));
        if let Some(trouble) = &state.trouble {
            cell.said("span", &[("class", "trouble")], trouble);
        }
    });
    into.element("td", &[("data-label", "Pipeline")], |cell| {
        cell.link(&address::runs_of("pipeline", pipeline), pipeline);
    });
    into.element("td", &[("data-label", "When")], |cell| {
        cell.text(state.kind).raw(" ").said("code", &[], &state.says);
    });
    into.element("td", &[("data-label", "Next")], |cell| {
        if state.next.is_empty() || state.is_started == Some(false) {
            return dash(cell);
        }
        cell.element("ul", &[("class", "times")], |list| {
            for time in &state.next {
                list.raw("<li>");
                moment(list, *time, asked.zone);
                list.raw("</li>");
            }
        });
    });
    into.element("td", &[("data-label", "Last run")], |cell| {
        last_run(cell, asked, state.last_run.as_ref());
    });
    if may(asked, Role::Edit) {
        into.element("td", &[("data-label", "Action")], |cell| {
            let address = format!("/triggers/{}/{}", address::part(pipeline), address::part(name));
            let (does, says, look) = match state.is_started {
                Some(false) => ("start", "Start", Look::Main),
                Some(true) | None => ("stop", "Stop", Look::Plain),
            };
            change::button(cell, asked, &format!("{address}/{does}"), says, look, &[]);
        });
    }
}

/// Writes the last run, or that there is none.
pub(super) fn last_run(into: &mut Markup, asked: &Asked, run: Option<&RunRow>) {
    let Some(run) = run else {
        return dash(into);
    };
    badge(into, of_run(run.status));
    into.raw(" ")
        .element("a", &[("href", &address::run(&run.id))], |link| {
            moment(link, run.started_at.unwrap_or(run.queued_at), asked.zone);
        });
}
