//! A real GNOME Keyring on a bus of its own, with a home of its own; both end with the test.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use tempfile::TempDir;

/// The password of the keyring.
const PASSWORD: &str = "of the keyring";
/// The variable that says the process of the keyring's daemon to a test on its bus.
pub const DAEMON: &str = "KEYRING_DAEMON";
/// A bus that starts nothing by itself: neither a keyring nor a dialog that asks for a password.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=FOLDER/bus</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A session bus, on which a keyring runs once it is started.
pub struct KeyringService {
    folder: TempDir,
    address: String,
    bus: Child,
    daemon: Option<Child>,
}

impl KeyringService {
    /// Starts a bus without a keyring.
    pub fn bus() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("bus.conf");
        fs::write(
            &configuration,
            BUS.replace("FOLDER", folder.path().to_str().unwrap()),
        )
        .unwrap();
        let mut bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon runs: apt-get install dbus gnome-keyring libsecret-tools");
        let mut address = String::new();
        let mut lines = BufReader::new(bus.stdout.take().unwrap());
        lines.read_line(&mut address).unwrap();
        Self {
            folder,
            address: address.trim_end().to_owned(),
            bus,
            daemon: None,
        }
    }

    /// Starts a bus and an empty, unlocked keyring.
    pub fn start() -> Self {
        let mut service = Self::bus();
        service.start_daemon(true);
        service
    }

    /// Starts the keyring's daemon, and waits until the bus knows it.
    pub fn start_daemon(&mut self, is_unlocked: bool) {
        let mut command = self.command("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .args(is_unlocked.then_some("--unlock"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut daemon = command
            .spawn()
            .expect("gnome-keyring-daemon runs: apt-get install gnome-keyring");
        daemon
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        self.daemon = Some(daemon);
        let begun = Instant::now();
        while self.service_on_bus().is_none() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "the keyring does not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the keyring's daemon; the bus goes on.
    pub fn stop_daemon(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            end(daemon);
        }
    }

    /// Locks the keyring, as a screen lock does.
    pub fn lock(&self) {
        let service = self.service_on_bus().unwrap();
        service.get_default_collection().unwrap().lock().unwrap();
    }

    /// Unlocks the keyring with its password, as a login does.
    pub fn unlock(&self) {
        let folder = self.folder.path().to_str().unwrap();
        unlock_keyring(folder, &self.service_on_bus().unwrap());
    }

    /// Returns the home of who uses the keyring.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a command that runs on this bus.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.envs(self.environment());
        command
    }

    /// Returns what the environment has of a process on this bus.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        let folder = self.folder.path().to_str().unwrap().to_owned();
        [
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("XDG_RUNTIME_DIR", folder.clone()),
            ("XDG_DATA_HOME", format!("{folder}/data")),
            ("HOME", folder),
        ]
    }

    /// Runs an ignored test of this program in a process of its own, on this bus.
    pub fn run_test(&self, name: &str) {
        let mut command = self.command(env::current_exe().unwrap());
        command.args([name, "--exact", "--ignored", "--nocapture"]);
        if let Some(daemon) = &self.daemon {
            command.env(DAEMON, daemon.id().to_string());
        }
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && text.contains("test result: ok. 1 passed"),
            "{text}"
        );
    }

    /// Stores an entry as `secret-tool` does.
    pub fn secret_tool(&self, label: &str, attributes: &[&str], value: &[u8]) {
        let mut command = self.command("secret-tool");
        command
            .args(["store", "--label", label])
            .args(attributes)
            .stdin(Stdio::piped());
        let mut child = command
            .spawn()
            .expect("secret-tool runs: apt-get install libsecret-tools");
        child.stdin.take().unwrap().write_all(value).unwrap();
        assert!(child.wait().unwrap().success());
    }

    fn service_on_bus(&self) -> Option<SecretService<'static>> {
        let builder = zbus::blocking::connection::Builder::address(self.address.as_str());
        let connection = builder.unwrap().build().unwrap();
        SecretService::connect_with_existing(EncryptionType::Plain, connection).ok()
    }
}

impl Drop for KeyringService {
    fn drop(&mut self) {
        self.stop_daemon();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// Unlocks the keyring of a runtime folder with its password, and waits until `service` knows it.
pub fn unlock_keyring(folder: &str, service: &SecretService<'_>) {
    let mut control = UnixStream::connect(format!("{folder}/keyring/control")).unwrap();
    // Who asks is read off the socket; then come the lengths and the number of the command.
    control.write_all(&[0]).unwrap();
    let length = u32::try_from(PASSWORD.len()).unwrap();
    let mut message = Vec::new();
    for number in [length + 12, 1, length] {
        message.extend_from_slice(&number.to_be_bytes());
    }
    message.extend_from_slice(PASSWORD.as_bytes());
    control.write_all(&message).unwrap();
    let mut answer = [0; 8];
    control.read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0, 0, 0, 8, 0, 0, 0, 0]);
    let begun = Instant::now();
    while service.get_default_collection().unwrap().is_locked().unwrap() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the keyring stays locked"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
