//! stub
use super::arguments::Convert;
use super::terminal::Terminal;
use crate::error::Error;
pub(super) fn execute(_: &Convert, _: &Terminal) -> Result<(), Error> {
    Ok(())
}
