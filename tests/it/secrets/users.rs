//! Permissions, with two users of the operating system.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A user that is there as long as the test.
struct User {
    name: String,
    state: PathBuf,
}

impl User {
    fn new(folder: &Path, name: &str) -> Self {
        let name = format!("sheaf{name}{}", std::process::id());
        succeed(Command::new("useradd").args(["--no-create-home", "--user-group", &name]));
        let state = folder.join(&name);
        fs::create_dir(&state).unwrap();
        succeed(Command::new("chown").arg(format!("{name}:{name}")).arg(&state));
        Self { name, state }
    }

    /// Runs `sheaf` as this user; returns its exit code, and what it prints.
    fn runs(&self, shared: &Shared, arguments: &[&str]) -> (i32, String) {
        let output = Command::new("setpriv")
            .args(["--reuid", &self.name, "--regid", &self.name, "--init-groups"])
            .arg(shared.folder.path().join("sheaf"))
            .args(arguments)
            .current_dir(shared.workspace())
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("XDG_STATE_HOME", &self.state)
            .env("DB_HOST", "db.example.com")
            .env("DB_PASSWORD", "correct horse battery")
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap().replace(&self.name, "USER");
        (output.status.code().unwrap(), text)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = Command::new("userdel").arg(&self.name).output();
    }
}

/// A workspace that all users of the machine can read.
struct Shared {
    folder: TempDir,
}

impl Shared {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open.clone()).unwrap();
        // Where it is built may be closed to others.
        let program = folder.path().join("sheaf");
        fs::copy(env!("CARGO_BIN_EXE_sheaf"), &program).unwrap();
        fs::set_permissions(&program, open).unwrap();
        let shared = Self { folder };
        fs::create_dir(shared.workspace()).unwrap();
        shared
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_user_may_do_what_the_scope_permits_and_no_more() {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        assert!(std::env::var_os("CI").is_none(), "users are created by root");
        return;
    }
    let shared = Shared::new();
    let (ann, bob) = (
        User::new(shared.folder.path(), "ann"),
        User::new(shared.folder.path(), "bob"),
    );
    let scopes = format!(
        "(secrets: {{\"db\": (store: environment(prefix: \"DB_\"), acls: {{\"group:{}\": read}}, key_acls: {{\"host\": {{\"{}\": read}}}})}})",
        ann.name, bob.name
    );
    fs::write(shared.workspace().join("sheaf.ron"), scopes).unwrap();
    for user in [&ann, &bob] {
        assert_eq!(user.runs(&shared, &["trust", "--yes"]).0, 0);
    }
    let denied = |doing: &str| {
        let text = format!(
            "error: USER may not {doing} in the scope \"db\"\nhint: `sheaf secrets list-acls db` tells whom to ask\n"
        );
        (1, text)
    };
    // Ann is in a group that may read the scope.
    assert_eq!(
        ann.runs(&shared, &["secrets", "get-secret", "db", "password"]).0,
        0
    );
    assert_eq!(
        ann.runs(&shared, &["secrets", "delete-secret", "db", "password"]),
        denied("put or delete secrets")
    );
    assert_eq!(
        ann.runs(&shared, &["secrets", "put-acl", "db", &ann.name, "MANAGE"]),
        denied("change permissions")
    );
    // Bob may read one key, and sees that one.
    assert_eq!(bob.runs(&shared, &["secrets", "get-secret", "db", "host"]).0, 0);
    assert_eq!(
        bob.runs(&shared, &["secrets", "get-secret", "db", "password"]),
        denied("read secrets")
    );
    let (code, listed) = bob.runs(&shared, &["secrets", "list-secrets", "db"]);
    assert_eq!((code, listed.as_str()), (0, "Key   Last Updated\nhost\n"));
    let (_, log) = bob.runs(&shared, &["secrets", "audit", "--json"]);
    let refused = log
        .lines()
        .find(|line| line.contains("\"allowed\":false"))
        .unwrap();
    let entry: serde_json::Value = serde_json::from_str(refused).unwrap();
    let facts = ["user", "action", "scope", "key", "store"].map(|name| entry[name].as_str().unwrap());
    assert_eq!(facts, ["USER", "get", "db", "password", "environment"]);
    assert_eq!(entry["error"], "USER may not read secrets in the scope \"db\"");
}
