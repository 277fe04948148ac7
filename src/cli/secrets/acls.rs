//! `put-acl`, `get-acl`, `list-acls`, `delete-acl`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Place;
use super::arguments::{DeleteAcl, GetAcl, ListAcls, OfAcl, PutAcl, named};
use super::request::Request;
use crate::cli::columns::print;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::error::Error;
use crate::repl::Screen as _;
use crate::secret::{Access, Permission, Reference, ScopeDefinition, SecretError, check_principal};
use crate::workspace::ScopeChange;

/// Whose permission is meant, for what.
struct Acl {
    scope: String,
    key: Option<String>,
    principal: String,
}

impl Acl {
    fn of(arguments: &OfAcl, request: Option<&Request>) -> Result<Self, Error> {
        let (scope, principal) = match request {
            Some(request) => (request.text("scope")?, request.text("principal")?),
            None => (
                arguments.scope.clone().unwrap_or_default(),
                arguments.principal.clone().unwrap_or_default(),
            ),
        };
        if let Some(key) = &arguments.key {
            Reference::check_key(key).map_err(SecretError::from)?;
        }
        Ok(Self {
            scope,
            key: arguments.key.clone(),
            principal,
        })
    }

    fn change(&self, permission: Option<Permission>) -> ScopeChange {
        ScopeChange::Permit {
            scope: self.scope.clone(),
            key: self.key.clone(),
            principal: self.principal.clone(),
            permission,
        }
    }
}

pub(super) fn put(place: &Place, arguments: &PutAcl, terminal: &Terminal) -> Result<(), Error> {
    let json = arguments.acl.json.as_deref();
    let request = json
        .map(|json| Request::read(json, &["scope", "principal", "permission"]))
        .transpose()?;
    let acl = Acl::of(&arguments.acl, request.as_ref())?;
    let permission = match &request {
        Some(request) => {
            let name = request.text("permission")?;
            Some(named(&name).ok_or_else(|| CliError::Request {
                reason: format!("there is no permission {name:?}; write READ, WRITE or MANAGE"),
            })?)
        }
        None => arguments.permission,
    };
    let permission = permission.unwrap_or(Permission::Read);
    let definition = place.secrets.definition(&acl.scope)?;
    check_principal(&acl.principal)?;
    let mut changes = Vec::new();
    let person = place.secrets.person().name.clone();
    let manages_itself = person == acl.principal && permission == Permission::Manage && acl.key.is_none();
    if !definition.has_acls() && !manages_itself {
        let own = Acl {
            scope: acl.scope.clone(),
            key: None,
            principal: person.clone(),
        };
        if person == acl.principal && acl.key.is_none() {
            return Err(CliError::NobodyManages { scope: acl.scope }.into());
        }
        changes.push(own.change(Some(Permission::Manage)));
    } else if definition.has_acls() && permission < Permission::Manage && acl.key.is_none() {
        require_manager(definition, &acl)?;
    }
    let is_first = !changes.is_empty();
    changes.push(acl.change(Some(permission)));
    let access = Access::PutAcl {
        scope: acl.scope.clone(),
        key: acl.key.clone(),
        principal: acl.principal.clone(),
        permission,
    };
    place.change(&access, &changes)?;
    if is_first {
        terminal.error(&format!(
            "from now on only those who are permitted use the scope {:?}; {person} has MANAGE\n",
            acl.scope
        ));
    }
    Ok(())
}

pub(super) fn delete(place: &Place, arguments: &DeleteAcl) -> Result<(), Error> {
    let json = arguments.acl.json.as_deref();
    let request = json
        .map(|json| Request::read(json, &["scope", "principal"]))
        .transpose()?;
    let acl = Acl::of(&arguments.acl, request.as_ref())?;
    let definition = place.secrets.definition(&acl.scope)?;
    find(definition, &acl)?;
    if acl.key.is_none() {
        require_manager(definition, &acl)?;
    }
    let access = Access::DeleteAcl {
        scope: acl.scope.clone(),
        key: acl.key.clone(),
        principal: acl.principal.clone(),
    };
    place.change(&access, &[acl.change(None)])
}

/// Checks that somebody else still manages the scope: without permissions, it would be everybody's.
fn require_manager(definition: &ScopeDefinition, acl: &Acl) -> Result<(), Error> {
    let mut others = definition.acls.iter().filter(|(name, _)| **name != acl.principal);
    if others.any(|(_, permission)| *permission == Permission::Manage) {
        return Ok(());
    }
    Err(CliError::NobodyManages {
        scope: acl.scope.clone(),
    }
    .into())
}

pub(super) fn get(place: &Place, arguments: &GetAcl, terminal: &Terminal) -> Result<(), Error> {
    let definition = place.secrets.definition(&arguments.scope)?;
    let acl = Acl {
        scope: arguments.scope.clone(),
        key: arguments.key.clone(),
        principal: arguments.principal.clone(),
    };
    let permission = find(definition, &acl)?;
    let (row, json) = item(acl.key.as_deref(), &acl.principal, permission);
    print(arguments.output.is_json(), &HEAD, &[row], json, terminal)
}

pub(super) fn list(place: &Place, arguments: &ListAcls, terminal: &Terminal) -> Result<(), Error> {
    let definition = place.secrets.definition(&arguments.scope)?;
    let whole = definition.acls.iter().map(|acl| (None, acl));
    let of_keys = definition
        .key_acls
        .iter()
        .flat_map(|(key, acls)| acls.iter().map(move |acl| (Some(key.as_str()), acl)));
    let items = whole.chain(of_keys);
    let (rows, json): (Vec<Vec<String>>, Vec<Value>) = items
        .map(|(key, (principal, permission))| item(key, principal, *permission))
        .unzip();
    if rows.is_empty() && !arguments.output.is_json() {
        return terminal.out("everyone who can open the store of this scope may do everything\n");
    }
    print(
        arguments.output.is_json(),
        &HEAD,
        &rows,
        Value::Array(json),
        terminal,
    )
}

const HEAD: [&str; 3] = ["Principal", "Permission", "Key"];

fn item(key: Option<&str>, principal: &str, permission: Permission) -> (Vec<String>, Value) {
    let permission = permission.name();
    let row = vec![
        principal.to_owned(),
        permission.to_owned(),
        key.unwrap_or_default().to_owned(),
    ];
    let mut json = json!({"permission": permission, "principal": principal});
    if let (Some(key), Some(fields)) = (key, json.as_object_mut()) {
        fields.insert("key".to_owned(), key.into());
    }
    (row, json)
}

fn find(definition: &ScopeDefinition, acl: &Acl) -> Result<Permission, Error> {
    let none = BTreeMap::new();
    let acls = match &acl.key {
        Some(key) => definition.key_acls.get(key).unwrap_or(&none),
        None => &definition.acls,
    };
    let known: Vec<String> = acls.keys().cloned().collect();
    acls.get(&acl.principal).copied().ok_or_else(|| {
        CliError::NoAcl {
            scope: acl.scope.clone(),
            principal: acl.principal.clone(),
            known,
        }
        .into()
    })
}
