//! Values on their way into the store, [`Bind`], and out of it, [`Row`].

use super::trouble::Trouble;
use crate::database::Bound;

/// What stands for a character that PostgreSQL's texts cannot have.
const NUL: &str = "\u{2400}";

/// A value that is stored.
pub(super) trait Bind {
    fn bound(&self) -> Bound;
}

impl Bind for str {
    fn bound(&self) -> Bound {
        // The same in each database.
        Bound::Text(if self.contains('\0') {
            self.replace('\0', NUL)
        } else {
            self.to_owned()
        })
    }
}

impl Bind for String {
    fn bound(&self) -> Bound {
        self.as_str().bound()
    }
}

impl Bind for i64 {
    fn bound(&self) -> Bound {
        Bound::Integer(*self)
    }
}

impl Bind for u32 {
    fn bound(&self) -> Bound {
        Bound::Integer((*self).into())
    }
}

impl Bind for bool {
    fn bound(&self) -> Bound {
        Bound::Integer((*self).into())
    }
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bound(&self) -> Bound {
        (*self).bound()
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bound(&self) -> Bound {
        self.as_ref().map_or(Bound::Null, Bind::bound)
    }
}

/// Lists the values of a statement, of whichever types they are.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::schedule::store::value::Bind::bound(&$value)),*]
    };
}
pub(super) use values;

/// A row of the store.
pub(super) struct Row(Vec<Bound>);

impl Row {
    pub(super) fn new(values: Vec<Bound>) -> Self {
        Self(values)
    }

    /// Returns the value of a column, counted from 0.
    pub(super) fn get<T: Stored>(&self, column: usize) -> Result<T, Trouble> {
        let value = self.0.get(column).unwrap_or(&Bound::Null);
        T::read(value)
            .ok_or_else(|| Trouble::Damaged(format!("column {column} of a row has a value of no use")))
    }

    /// Returns the text of a column.
    pub(super) fn text(&self, column: usize) -> Result<&str, Trouble> {
        match self.0.get(column) {
            Some(Bound::Text(text)) => Ok(text),
            _ => Err(Trouble::Damaged(format!("column {column} of a row has no text"))),
        }
    }
}

/// What a stored value becomes.
pub(super) trait Stored: Sized {
    /// Reads a value; nothing where it is none of these.
    fn read(value: &Bound) -> Option<Self>;
}

impl Stored for i64 {
    fn read(value: &Bound) -> Option<Self> {
        match value {
            Bound::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl Stored for u32 {
    fn read(value: &Bound) -> Option<Self> {
        i64::read(value)?.try_into().ok()
    }
}

impl Stored for f64 {
    fn read(value: &Bound) -> Option<Self> {
        match value {
            Bound::Integer(number) => Some(*number as Self),
            Bound::Float(number) => Some(*number),
            _ => None,
        }
    }
}

impl Stored for bool {
    fn read(value: &Bound) -> Option<Self> {
        match value {
            Bound::Boolean(is_true) => Some(*is_true),
            Bound::Integer(number) => Some(*number != 0),
            _ => None,
        }
    }
}

impl Stored for String {
    fn read(value: &Bound) -> Option<Self> {
        match value {
            Bound::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl<T: Stored> Stored for Option<T> {
    fn read(value: &Bound) -> Option<Self> {
        match value {
            Bound::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}
