//! `dbutils.secrets`: references to secrets, and what scopes and keys there are.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::none::{NoneOr, NoneType};

use super::help;
use super::secret_records::{SecretMetadataValue, SecretScopeValue};
use crate::cache::Act;
use crate::language::secret::ReferenceValue;
use crate::language::{OrFail, context};
use crate::output::Output;
use crate::secret::Reference;
use crate::session::CellContext;

/// Gets a reference, once the secret is there and may be read.
fn reference(scope: &str, key: &str, context: &CellContext) -> anyhow::Result<ReferenceValue> {
    let reference = Reference::new(scope, key).or_fail()?;
    context.secret(&reference).or_fail()?;
    Ok(ReferenceValue::new(reference))
}

#[starlark_module]
pub(super) fn functions(globals: &mut GlobalsBuilder) {
    /// Returns a secret: a reference, whose text is `{{secrets/scope/key}}`, and never its value.
    ///
    /// It fails where there is no such secret, or where you may not read it. What connects to something looks the value up
    /// by the reference, wherever in a text that stands; `help("secrets")` says more.
    ///
    /// Effect: reads
    /// * `scope` (scope): the name of the scope
    /// * `key` (key): the key of the secret in the scope
    ///
    /// ```python
    /// password = dbutils.secrets.get(scope="sqldbss", key="sqldbpassword")
    /// f"jdbc:sqlserver://myserver.database.windows.net;user=me;password={password}"
    /// ```
    fn get<'v>(scope: &str, key: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<ReferenceValue> {
        reference(scope, key, context(eval)?)
    }

    /// Returns the same reference as get: a cell never has the bytes of a secret.
    ///
    /// Effect: reads
    /// * `scope` (scope): the name of the scope
    /// * `key` (key): the key of the secret in the scope
    ///
    /// ```python
    /// dbutils.secrets.getBytes(scope="sqldbss", key="sqldbpassword")
    /// ```
    fn getBytes<'v>(
        scope: &str,
        key: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<ReferenceValue> {
        reference(scope, key, context(eval)?)
    }

    /// Lists the secrets of a scope: records with their key.
    ///
    /// Effect: acts
    /// * `scope` (scope): the name of the scope
    ///
    /// ```python
    /// dbutils.secrets.list("sqldbss")
    /// ```
    fn list<'v>(scope: &str, eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<SecretMetadataValue>> {
        let context = context(eval)?;
        Reference::check_scope(scope).or_fail()?;
        context.acts(Act::Looked);
        let found = context.secrets().list(scope, &context.origin()).or_fail()?;
        Ok(found
            .into_iter()
            .map(|secret| SecretMetadataValue(secret.key))
            .collect())
    }

    /// Lists the scopes of the workspace: records with their name.
    ///
    /// Effect: acts
    ///
    /// ```python
    /// dbutils.secrets.listScopes()
    /// ```
    fn listScopes<'v>(eval: &mut Evaluator<'v, '_, '_>) -> anyhow::Result<Vec<SecretScopeValue>> {
        let context = context(eval)?;
        context.acts(Act::Looked);
        let names = context.secrets().scopes();
        Ok(names.map(|name| SecretScopeValue(name.to_owned())).collect())
    }

    /// Shows the commands of dbutils.secrets, or how one of them is called.
    ///
    /// Effect: pure
    ///
    /// ```python
    /// dbutils.secrets.help("get")
    /// ```
    fn help<'v>(
        #[starlark(default = NoneOr::None)] command: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> anyhow::Result<NoneType> {
        let text = help::commands("dbutils.secrets", functions, command.into_option())?;
        context(eval)?.show(Output::Printed(text));
        Ok(NoneType)
    }
}
