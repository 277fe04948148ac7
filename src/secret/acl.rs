//! Who may do what with a scope, as in Databricks: READ, WRITE and MANAGE for users and groups of the operating system.
//!
//! Permissions are what Sheaf itself keeps to. They protect a scope whose store a person reaches only through a Sheaf that
//! runs with more rights than theirs, such as a shared workspace whose store only a service account can open. They do not
//! protect from a person who can open the store without Sheaf (a keyring that is their own), or who can write `sheaf.ron`,
//! in which the permissions are.

use super::definition::{Permission, ScopeDefinition};
use super::error::SecretError;

/// How a group is written that is called like a user.
const GROUP: &str = "group:";

/// A person, as the operating system knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name of the user; the number, where there is no name.
    pub name: String,
    /// The names of all of their groups.
    pub groups: Vec<String>,
}

impl Person {
    /// Returns who started this process: the real user, also where a program runs with the rights of another one.
    pub fn of_process() -> Self {
        let id = uzers::get_current_uid();
        let Some(user) = uzers::get_user_by_uid(id) else {
            return Self {
                name: id.to_string(),
                groups: Vec::new(),
            };
        };
        let groups = user.groups().unwrap_or_default();
        Self {
            name: user.name().to_string_lossy().into_owned(),
            groups: groups
                .iter()
                .map(|group| group.name().to_string_lossy().into_owned())
                .collect(),
        }
    }

    /// Returns whether `sheaf.ron` means this person: a name is a user's, where there is one, and else a group's.
    fn is(&self, principal: &str, is_user: impl Fn(&str) -> bool) -> bool {
        let is_in = |group: &str| self.groups.iter().any(|name| name == group);
        match principal.strip_prefix(GROUP) {
            Some(group) => is_in(group),
            None => self.name == principal || is_in(principal) && !is_user(principal),
        }
    }

    /// Returns the most that this person may do with a scope, or with a key of it.
    pub(super) fn permission(&self, definition: &ScopeDefinition, key: Option<&str>) -> Option<Permission> {
        if !definition.has_acls() {
            return Some(Permission::Manage);
        }
        let of_key = key.and_then(|key| definition.key_acls.get(key));
        let acls = definition.acls.iter().chain(of_key.into_iter().flatten());
        acls.filter(|(principal, _)| self.is(principal, is_user))
            .map(|(_, permission)| *permission)
            .max()
    }
}

/// Checks that a text names a user or a group of this system.
///
/// # Errors
///
/// A name that nobody has: a permission for it would be given to whoever gets that name later.
pub fn check_principal(principal: &str) -> Result<(), SecretError> {
    let is_group = |name: &str| uzers::get_group_by_name(name).is_some();
    let is_known = !principal.contains('\0')
        && match principal.strip_prefix(GROUP) {
            Some(group) => is_group(group),
            None => is_user(principal) || is_group(principal),
        };
    if is_known {
        return Ok(());
    }
    Err(SecretError::UnknownPrincipal {
        principal: principal.to_owned(),
    })
}

fn is_user(name: &str) -> bool {
    !name.contains('\0') && uzers::get_user_by_name(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, groups: &[&str]) -> Person {
        Person {
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[test]
    fn a_permission_is_the_most_that_any_line_gives() {
        let definition: ScopeDefinition = ron::from_str(
            r#"(acls: {"ann": read, "analysts": write}, key_acls: {"password": {"bob": read, "ann": manage}})"#,
        )
        .unwrap();
        let ann = person("ann", &[]);
        assert_eq!(ann.permission(&definition, None), Some(Permission::Read));
        assert_eq!(ann.permission(&definition, Some("host")), Some(Permission::Read));
        assert_eq!(
            ann.permission(&definition, Some("password")),
            Some(Permission::Manage)
        );
        let bob = person("bob", &[]);
        assert_eq!(bob.permission(&definition, None), None);
        assert_eq!(
            bob.permission(&definition, Some("password")),
            Some(Permission::Read)
        );
        let both = person("ann", &["analysts"]);
        assert_eq!(both.permission(&definition, None), Some(Permission::Write));
        assert_eq!(person("eve", &[]).permission(&definition, Some("password")), None);
        let open = ScopeDefinition::default();
        assert_eq!(
            person("eve", &[]).permission(&open, None),
            Some(Permission::Manage)
        );
    }

    #[test]
    fn a_name_is_a_users_where_there_is_one() {
        let is_user = |name: &str| name == "ann";
        let member = person("eve", &["ann", "analysts"]);
        assert!(member.is("analysts", is_user));
        assert!(member.is("group:ann", is_user));
        assert!(!member.is("ann", is_user));
        assert!(!member.is("group:eve", is_user));
    }

    #[test]
    fn a_name_that_nobody_has_is_refused() {
        assert!(check_principal("root").is_ok());
        assert!(check_principal("group:root").is_ok());
        for nobody in [
            "sheaf-nobody-has-this",
            "group:sheaf-nobody-has-this",
            "group:",
            "",
            "ro\0ot",
        ] {
            let error = check_principal(nobody).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("there is no user or group {nobody:?} on this system")
            );
        }
    }
}
