//! What addresses say, how marks are replaced, and which values go out.

mod addresses;
mod statements;
mod values;
