//! `/pipelines`: the definitions, which version of each is published, and a form to run one now.

use serde_json::Value;

use super::change::{self, may};
use super::layout::Page;
use super::recent::recent;
use super::triggers::last_run;
use super::values::{error, fact};
use crate::monitor::access::Role;
use crate::monitor::address;
use crate::monitor::answer::Answer;
use crate::monitor::asked::Asked;
use crate::monitor::changes::PARAMETER;
use crate::monitor::markup::Markup;
use crate::monitor::monitor::Monitor;
use crate::monitor::refusal::Refusal;
use crate::monitor::view::PipelineState;

/// Answers with the page.
pub(in crate::monitor) fn show(monitor: &Monitor, asked: &Asked) -> Result<Answer, Refusal> {
    let pipelines = monitor.view.pipelines()?;
    let mut content = Markup::default();
    content.raw("<h1>Pipelines</h1>\n");
    if pipelines.is_empty() {
        content.raw("<p class=\"empty\">There are no pipelines yet. A pipeline is a file <code>pipelines/NAME.ron</code>; ")
            .raw("<code>sheaf pipeline schema</code> prints everything that can be in it.</p>\n");
    }
    for pipeline in &pipelines {
        section(&mut content, asked, pipeline);
    }
    let page = Page {
        title: "Pipelines",
        section: "/pipelines",
        // Whoever fills in a form must not lose it.
        is_live: false,
        content,
    };
    Ok(page.answer(asked))
}

fn section(into: &mut Markup, asked: &Asked, pipeline: &PipelineState) {
    let name = pipeline.name.as_str();
    let heading = format!("pipeline-{}", address::part(name));
    into.element(
        "section",
        &[("class", "pipeline"), ("aria-labelledby", &heading)],
        |section| {
            section.element("h2", &[("id", &heading)], |title| {
                title.link(&address::runs_of("pipeline", name), name);
            });
            if let Err(message) = &pipeline.definition {
                error(section, message, &[]);
            }
            let definition = pipeline.definition.as_ref().ok();
            if let Some(definition) = definition.filter(|definition| !definition.description.is_empty()) {
                section.said("p", &[], &definition.description);
            }
            section.element("dl", &[("class", "facts-list")], |list| {
                fact(list, "Published", |value| match pipeline.version {
                    Some(version) => drop(value.text(&format!("version {version}"))),
                    None => drop(value.raw("not yet: running the draft")),
                });
                if let Some(definition) = definition {
                    fact(list, "Activities", |value| {
                        value.text(&definition.activities.len().to_string());
                    });
                    if !definition.triggers.is_empty() {
                        fact(list, "Triggers", |value| {
                            let names: Vec<&str> = definition.triggers.keys().map(String::as_str).collect();
                            value.text(&names.join(", "));
                        });
                    }
                }
                fact(list, "Last run", |value| {
                    last_run(value, asked, pipeline.recent.first());
                });
            });
            recent(section, asked, &pipeline.recent);
            if may(asked, Role::Run) && pipeline.definition.is_ok() {
                run_form(section, asked, pipeline);
            }
        },
    );
}

fn run_form(into: &mut Markup, asked: &Asked, pipeline: &PipelineState) {
    let address = format!("/pipelines/{}/run", address::part(&pipeline.name));
    let definition = pipeline.definition.as_ref().ok();
    let parameters = definition.map(|definition| &definition.parameters);
    change::form(into, asked, &address, |form| {
        if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
            form.element("fieldset", &[], |fields| {
                fields.raw("<legend>Parameters</legend>");
                for (name, default) in parameters {
                    let id = format!(
                        "parameter-{}-{}",
                        address::part(&pipeline.name),
                        address::part(name)
                    );
                    let text = match default {
                        Value::Null => String::new(),
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    let field = format!("{PARAMETER}{name}");
                    let attributes = [
                        ("id", id.as_str()),
                        ("name", &field),
                        ("value", &text),
                        ("required", ""),
                    ];
                    let shown = if default.is_null() { 4 } else { 3 };
                    fields.raw("<div>").said("label", &[("for", &id)], name);
                    fields.empty("input", attributes.get(..shown).unwrap_or_default());
                    fields.raw("</div>");
                }
            });
        }
        form.element("button", &[], |button| {
            button
                .raw("Run now")
                .said("span", &[("class", "aside")], &format!(" {}", pipeline.name));
        });
    });
}
