//! The Starlark builtins: thin wrappers, one file per family.
