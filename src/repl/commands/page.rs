//! `%page`: a long table, page by page.

use super::{Command, Flow, refused};
use crate::assist::ArgumentKind;
use crate::error::Error;
use crate::repl::error::ReplError;
use crate::repl::prompt::Prompt;

/// Shows a page of the table that was shown last.
pub(super) struct Page;

impl Command for Page {
    fn name(&self) -> &'static str {
        "page"
    }

    fn usage(&self) -> &'static str {
        "%page, %page back or %page N"
    }

    fn summary(&self) -> &'static str {
        "show the next page of the last table, the one before, or page N"
    }

    fn arguments(&self) -> ArgumentKind {
        ArgumentKind::Choice(&["back", "last"])
    }

    fn run(&self, argument: &str, prompt: &mut Prompt<'_>) -> Result<Flow, Error> {
        let (page, pages) = prompt.pages().ok_or(ReplError::NoTable)?;
        let wanted = match argument {
            "" => page + 1,
            "back" => page.saturating_sub(1),
            "last" => pages,
            number => number.parse().map_err(|_| refused(self, number))?,
        };
        if wanted == 0 || wanted > pages {
            return Err(ReplError::NoPage { page: wanted, pages }.into());
        }
        prompt.show_page(wanted)?;
        Ok(Flow::Continue)
    }
}
