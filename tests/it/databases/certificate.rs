//! Certificates for servers of tests, as `openssl` makes them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Makes a certificate for `localhost`, `server.pem` with `server.key`, and returns the file of the authority that signed it.
pub fn certify(folder: &Path) -> PathBuf {
    let openssl = |arguments: &str| {
        let made = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    };
    fs::write(
        folder.join("host"),
        "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=tests");
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost");
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 30 -extfile host",
    );
    folder.join("ca.pem")
}
