//! What `dbutils.secrets` lists: records with Databricks' fields.

use std::fmt;

use allocative::Allocative;
use polars::prelude::{Column, DataFrame};
use starlark::any::ProvidesStaticType;
use starlark::collections::StarlarkHasher;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::list::ListRef;
use starlark::values::{NoSerialize, StarlarkValue, Value, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};

use crate::error::Error;
use crate::output::Output;

/// Defines a record with one field, a text.
macro_rules! record {
    ($(#[$documentation:meta])* $name:ident, $kind:tt, $field:tt, $methods:ident = $members:ident) => {
        $(#[$documentation])*
        #[derive(Debug, ProvidesStaticType, NoSerialize, Allocative)]
        pub(super) struct $name(pub(super) String);
        starlark_simple_value!($name);
        methods_static!($methods = $members);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, "(", $field, "={:?})"), self.0)
            }
        }

        #[starlark_value(type = $kind)]
        impl<'v> StarlarkValue<'v> for $name {
            fn get_methods() -> Option<&'static Methods> {
                Some($methods.methods())
            }

            fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
                Ok(Self::from_value(other).is_some_and(|other| self.0 == other.0))
            }

            fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
                std::hash::Hash::hash(&self.0, hasher);
                Ok(())
            }
        }
    };
}

record!(
    /// One line of `dbutils.secrets.list`: a key.
    SecretMetadataValue, "SecretMetadata", "key", METADATA = metadata
);
record!(
    /// One line of `dbutils.secrets.listScopes`: a name.
    SecretScopeValue, "SecretScope", "name", SCOPE = of_scope
);

#[starlark_module]
fn metadata(methods: &mut MethodsBuilder) {
    /// The key of the secret in its scope.
    ///
    /// Effect: pure
    #[starlark(attribute)]
    fn key(this: &SecretMetadataValue) -> anyhow::Result<String> {
        Ok(this.0.clone())
    }
}

#[starlark_module]
fn of_scope(methods: &mut MethodsBuilder) {
    /// The name of the scope.
    ///
    /// Effect: pure
    #[starlark(attribute)]
    fn name(this: &SecretScopeValue) -> anyhow::Result<String> {
        Ok(this.0.clone())
    }

    /// The name of the scope, as Databricks' Java API has it.
    ///
    /// Effect: pure
    fn getName(this: &SecretScopeValue) -> anyhow::Result<String> {
        Ok(this.0.clone())
    }
}

/// Returns a list of such records as a table; nothing for any other value, and for an empty list.
pub(super) fn table(value: Value<'_>) -> Option<Result<Output, Error>> {
    let list = ListRef::from_value(value).filter(|list| !list.is_empty())?;
    let keys = all(list, |value| {
        SecretMetadataValue::from_value(value).map(|secret| &*secret.0)
    });
    let names = || {
        all(list, |value| {
            SecretScopeValue::from_value(value).map(|scope| &*scope.0)
        })
    };
    let column = match keys {
        Some(keys) => Column::new("key".into(), keys),
        None => Column::new("name".into(), names()?),
    };
    let rows = DataFrame::new_infer_height(vec![column]).ok()?;
    Some(Ok(Output::Frame {
        height: Some(rows.height()),
        rows,
    }))
}

fn all<'v>(list: &ListRef<'v>, text: fn(Value<'v>) -> Option<&'v str>) -> Option<Vec<&'v str>> {
    list.iter().map(text).collect()
}
