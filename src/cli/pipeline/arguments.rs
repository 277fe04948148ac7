//! The arguments of `sheaf pipeline`.

use clap::{Args, Subcommand};

use super::debug::DebugPipeline;
use super::diff::DiffVersions;
use super::import::ImportPipelines;
use super::list::ListPipelines;
use super::publish::PublishPipelines;
use super::rollback::RollBack;
use super::run::RunPipeline;
use super::show::ShowPipeline;
use super::validate::ValidatePipelines;
use super::versions::ListVersions;

/// Run pipelines: notebooks, copies and checks that come after each other.
#[derive(Debug, Args)]
#[command(after_help = "\
A pipeline is a file in pipelines/. What is published runs at night; what is not runs as a draft.

Examples:
  sheaf pipeline schema > pipelines/nightly.ron
  sheaf pipeline validate
  sheaf pipeline run nightly -p date=1912-04-15
  sheaf pipeline publish -m 'load predictions'
  sheaf pipeline diff
  sheaf pipeline rollback 3")]
pub(in crate::cli) struct PipelineArguments {
    #[command(subcommand)]
    pub(super) verb: PipelineVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum PipelineVerb {
    Validate(ValidatePipelines),
    List(ListPipelines),
    Show(ShowPipeline),
    /// Print a commented pipeline with every field that there is.
    #[command(
        after_help = "Examples:\n  sheaf pipeline schema | less\n  sheaf pipeline schema > pipelines/nightly.ron"
    )]
    Schema,
    Run(RunPipeline),
    Debug(DebugPipeline),
    Publish(PublishPipelines),
    Versions(ListVersions),
    Diff(DiffVersions),
    Rollback(RollBack),
    Import(ImportPipelines),
}
