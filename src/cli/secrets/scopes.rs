//! `create-scope`, `delete-scope`, `list-scopes`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Place;
use super::arguments::{CreateScope, OfScope, Output};
use super::request::Request;
use crate::cli::columns::print;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;
use crate::secret::store::StoreDefinition;
use crate::secret::{Access, Permission, Reference, ScopeDefinition, Secrets, check_principal};
use crate::workspace::ScopeChange;

pub(super) fn create(place: &Place, arguments: &CreateScope, terminal: &Terminal) -> Result<(), Error> {
    let (scope, principal) = match &arguments.json {
        Some(json) => {
            let request = Request::read(json, &["scope", "initial_manage_principal"])?;
            (
                request.text("scope")?,
                request.optional("initial_manage_principal")?,
            )
        }
        None => (
            arguments.scope.clone().unwrap_or_default(),
            arguments.initial_manage_principal.clone(),
        ),
    };
    Reference::check_scope(&scope).map_err(crate::secret::SecretError::from)?;
    if place.workspace.scopes().contains_key(&scope) {
        // One that came with the workspace may lack what its store needs.
        let says_more = arguments.store.is_some() || principal.is_some();
        let created = if says_more {
            Vec::new()
        } else {
            place.secrets.create(&scope)?
        };
        if created.is_empty() {
            return Err(CliError::ScopeExists { scope }.into());
        }
        for created in created {
            terminal.error(&format!("{created}\n"));
        }
        return Ok(());
    }
    let mut definition = ScopeDefinition::default();
    if let Some(store) = &arguments.store {
        definition.store = StoreDefinition::read(store).map_err(|reason| CliError::Store { reason })?;
    }
    if let Some(principal) = principal {
        check_principal(&principal)?;
        let creator = place.secrets.person().name.clone();
        definition.acls = [creator, principal].map(|name| (name, Permission::Manage)).into();
    }
    // First what the store needs: a scope that cannot be used is not written.
    let mut scopes = place.workspace.scopes().clone();
    scopes.insert(scope.clone(), definition.clone());
    let secrets = Secrets::new(
        place.workspace.root(),
        scopes,
        Some(&place.state_folder),
        Arc::clone(&place.caller),
    );
    if place.workspace.is_from_file() {
        for created in secrets.create(&scope)? {
            terminal.error(&format!("{created}\n"));
        }
    }
    let was_approved = place.secrets.has_approved()?;
    let change = ScopeChange::Create {
        scope: scope.clone(),
        definition,
    };
    place.change(&Access::CreateScope(scope), &[change])?;
    if !was_approved {
        terminal
            .error("the scopes of this workspace are not approved: `sheaf trust` shows and approves them\n");
    }
    Ok(())
}

pub(super) fn delete(place: &Place, arguments: &OfScope, terminal: &Terminal) -> Result<(), Error> {
    let scope = match &arguments.json {
        Some(json) => Request::read(json, &["scope"])?.text("scope")?,
        None => arguments.scope.clone().unwrap_or_default(),
    };
    let store = place.secrets.definition(&scope)?.store.written();
    let change = ScopeChange::Delete { scope: scope.clone() };
    place.change(&Access::DeleteScope(scope), &[change])?;
    terminal.error(&format!(
        "the scope is no longer in sheaf.ron; its secrets are still in its store, {store}\n"
    ));
    Ok(())
}

pub(super) fn list(place: &Place, output: &Output, terminal: &Terminal) -> Result<(), Error> {
    let scopes = place.workspace.scopes();
    let rows: Vec<Vec<String>> = scopes
        .iter()
        .map(|(name, scope)| vec![name.clone(), backend(scope)])
        .collect();
    let json = scopes
        .iter()
        .map(|(name, scope)| json!({"backend_type": backend(scope), "name": name}));
    let json = Value::Array(json.collect());
    print(
        output.is_json(),
        &["Scope", "Backend Type"],
        &rows,
        json,
        terminal,
    )
}

/// Returns the kind of store, written as Databricks writes its own.
fn backend(scope: &ScopeDefinition) -> String {
    scope.store.kind().to_uppercase()
}
