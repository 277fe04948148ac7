//! stub
use super::arguments::Show;
use super::terminal::Terminal;
use crate::error::Error;
pub(super) fn execute(_: &Show, _: &Terminal) -> Result<(), Error> {
    Ok(())
}
