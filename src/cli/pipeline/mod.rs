//! `sheaf pipeline`: pipelines, what is published of them, and runs of them by hand.

mod arguments;
mod by_hand;
mod changes;
mod chosen;
mod debug;
mod diff;
mod findings;
mod import;
mod json_view;
mod line_start;
mod list;
mod live_view;
mod plain_view;
mod publish;
mod rollback;
mod run;
mod schema;
mod show;
mod validate;
mod versions;
mod view;

use super::terminal::Terminal;
use crate::error::Error;
use crate::job::Status;
pub(super) use arguments::PipelineArguments;
use arguments::PipelineVerb;
pub(super) use show::described;
pub(super) use view::waiting;

pub(super) fn execute(arguments: &PipelineArguments, terminal: &Terminal) -> Result<Status, Error> {
    match &arguments.verb {
        PipelineVerb::Validate(arguments) => return validate::validate(arguments, terminal),
        PipelineVerb::Run(arguments) => return run::run(arguments, terminal),
        PipelineVerb::Debug(arguments) => return debug::debug(arguments, terminal),
        PipelineVerb::List(arguments) => list::list(arguments, terminal)?,
        PipelineVerb::Show(arguments) => show::show(arguments, terminal)?,
        PipelineVerb::Schema => schema::schema(terminal)?,
        PipelineVerb::Publish(arguments) => publish::publish(arguments, terminal)?,
        PipelineVerb::Versions(arguments) => versions::versions(arguments, terminal)?,
        PipelineVerb::Diff(arguments) => diff::diff(arguments, terminal)?,
        PipelineVerb::Import(arguments) => import::import(arguments, terminal)?,
        PipelineVerb::Rollback(arguments) => rollback::rollback(arguments, terminal)?,
    }
    Ok(Status::Ok)
}
