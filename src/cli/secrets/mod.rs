//! `sheaf secrets`: scopes, secrets and permissions, with the verbs of Databricks' command line.

mod acls;
mod arguments;
mod audit;
mod doctor;
mod request;
mod scopes;
mod secret;
mod value;

use std::path::PathBuf;
use std::sync::Arc;

use super::environment::environment;
use super::terminal::Terminal;
use super::trust;
use crate::error::Error;
use crate::job::current_workspace;
use crate::secret::{Access, Caller, Origin, SecretError, Secrets, Trust};
use crate::workspace::{ScopeChange, Workspace};
pub(super) use arguments::Secrets as Arguments;
use arguments::Verb;

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<(), Error> {
    let verb = &arguments.verb;
    let place = Place::here(verb.name())?;
    match verb {
        Verb::CreateScope(arguments) => scopes::create(&place, arguments, terminal),
        Verb::DeleteScope(arguments) => scopes::delete(&place, arguments, terminal),
        Verb::ListScopes(output) => scopes::list(&place, output, terminal),
        Verb::PutSecret(arguments) => secret::put(&place, arguments, terminal),
        Verb::GetSecret(arguments) => secret::get(&place, arguments, terminal),
        Verb::DeleteSecret(arguments) => secret::delete(&place, arguments, terminal),
        Verb::ListSecrets(arguments) => secret::list(&place, arguments, terminal),
        Verb::PutAcl(arguments) => acls::put(&place, arguments, terminal),
        Verb::GetAcl(arguments) => acls::get(&place, arguments, terminal),
        Verb::ListAcls(arguments) => acls::list(&place, arguments, terminal),
        Verb::DeleteAcl(arguments) => acls::delete(&place, arguments),
        Verb::Audit(arguments) => audit::show(&place, arguments, terminal),
        Verb::Doctor => doctor::show(&place, terminal),
    }
}

impl Verb {
    fn name(&self) -> &'static str {
        match self {
            Self::CreateScope(_) => "create-scope",
            Self::DeleteScope(_) => "delete-scope",
            Self::ListScopes(_) => "list-scopes",
            Self::PutSecret(_) => "put-secret",
            Self::GetSecret(_) => "get-secret",
            Self::DeleteSecret(_) => "delete-secret",
            Self::ListSecrets(_) => "list-secrets",
            Self::PutAcl(_) => "put-acl",
            Self::GetAcl(_) => "get-acl",
            Self::ListAcls(_) => "list-acls",
            Self::DeleteAcl(_) => "delete-acl",
            Self::Audit(_) => "audit",
            Self::Doctor => "doctor",
        }
    }
}

/// Where a command is given: the workspace around the current folder, and its secrets.
struct Place {
    workspace: Workspace,
    secrets: Arc<Secrets>,
    state_folder: PathBuf,
    caller: Arc<dyn Caller>,
    origin: Origin,
}

impl Place {
    fn here(verb: &str) -> Result<Self, Error> {
        let environment = environment();
        let state_folder = environment.state_folder.ok_or(SecretError::NoStateFolder)?;
        let workspace = current_workspace()?;
        Ok(Self {
            secrets: workspace.secrets(Some(&state_folder), Arc::clone(&environment.caller)),
            workspace,
            state_folder,
            caller: environment.caller,
            origin: Origin {
                command: Some(format!("sheaf secrets {verb}")),
                ..Origin::default()
            },
        })
    }

    /// Changes what sheaf.ron says of scopes; what was approved before stays approved.
    fn change(&self, access: &Access, changes: &[ScopeChange]) -> Result<(), Error> {
        let was_approved = self.secrets.has_approved()?;
        self.secrets
            .change(access, &self.origin, || -> Result<(), Error> {
                let workspace = self.workspace.change_scopes(changes)?;
                if was_approved {
                    trust::approve(&Trust::of(&self.state_folder), &workspace)?;
                }
                Ok(())
            })
    }
}
