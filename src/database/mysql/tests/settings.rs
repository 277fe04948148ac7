//! What an address says.

use std::time::Duration;

use crate::database::error::DatabaseError;
use crate::database::mysql::login::{Login, Safety, safety};
use crate::database::testing::Keys;
use crate::error::Problem as _;
use crate::secret::{Address, open};

fn settings(address: &str) -> Result<Login, DatabaseError> {
    Login::new(&open(Address::parse(address).unwrap(), &Keys).unwrap())
}

fn refusal(address: &str) -> String {
    let error = settings(address).err().unwrap();
    format!("{error}; {}", error.hint().unwrap())
}

#[test]
fn reads_where_as_whom_and_how_safe() {
    let read = settings(
        "mysql://{{secrets/s/ann}}:{{secrets/s/hunter2}}@db.example.com:3307/shop?connect_timeout=5",
    )
    .unwrap();
    assert_eq!((read.host.as_str(), read.port), ("db.example.com", 3307));
    assert_eq!(
        (
            read.user.as_str(),
            read.password.as_deref(),
            read.database.as_deref()
        ),
        ("ann", Some("hunter2"), Some("shop"))
    );
    assert_eq!(
        (read.safety, read.timeout),
        (Safety::Everything, Duration::from_secs(5))
    );
    assert_eq!(read.name(), "MySQL at db.example.com:3307");
}

#[test]
fn reads_the_parameters_of_jdbc() {
    let read = settings(
        "jdbc:mysql://db.example.com/shop?user=ann&password={{secrets/s/hunter2}}&useSSL=false&connectTimeout=1500\
         &characterEncoding=UTF-8&serverTimezone=UTC",
    )
    .unwrap();
    assert_eq!((read.user.as_str(), read.port), ("ann", 3306));
    assert_eq!(
        (read.safety, read.timeout),
        (Safety::Plain, Duration::from_millis(1500))
    );
}

#[test]
fn refuses_what_it_would_not_do() {
    assert_eq!(
        refusal("mysql://ann@localhost/shop?sslMod=DISABLED"),
        "the address has the parameter \"sslMod\", which is none of MySQL; did you mean sslMode?"
    );
    assert_eq!(
        refusal("mysql://ann@localhost/shop?serverTimezone=Europe/Berlin"),
        "the address has a serverTimezone that is not to be had here; leave it out: texts are UTF-8, and moments in UTC \
         (it may say utc, gmt, etc/utc, +00:00)"
    );
    assert_eq!(
        refusal("mysql://localhost/shop"),
        "the address names no user; write it as mysql://user@host/database, or give connect() user="
    );
    // The value may be that of a secret, and is not shown.
    assert!(!refusal("mysql://ann@localhost/shop?connect_timeout={{secrets/s/hunter2}}").contains("hunter2"));
}

#[test]
fn tls_is_verified_unless_the_server_is_this_machine() {
    let decided = |mode, ssl, host| safety(mode, ssl, host).ok();
    assert_eq!(decided(None, None, "db.example.com"), Some(Safety::Everything));
    assert_eq!(decided(None, None, "localhost"), Some(Safety::Here));
    assert_eq!(decided(None, None, "127.0.0.1"), Some(Safety::Here));
    assert_eq!(decided(None, None, "::1"), Some(Safety::Here));
    assert_eq!(decided(None, Some("true"), "localhost"), Some(Safety::Everything));
    assert_eq!(
        decided(None, Some("false"), "db.example.com"),
        Some(Safety::Plain)
    );
    assert_eq!(
        decided(Some("DISABLED"), None, "db.example.com"),
        Some(Safety::Plain)
    );
    assert_eq!(
        decided(Some("REQUIRED"), None, "db.example.com"),
        Some(Safety::Everything)
    );
    assert_eq!(
        decided(Some("verify_ca"), None, "db.example.com"),
        Some(Safety::Signature)
    );
    assert_eq!(
        decided(Some("VERIFY_IDENTITY"), None, "localhost"),
        Some(Safety::Everything)
    );
    assert_eq!(decided(Some("PREFERRED"), None, "localhost"), Some(Safety::Here));
    assert_eq!(decided(Some("PREFERRED"), None, "db.example.com"), None);
    assert_eq!(decided(Some("off"), None, "localhost"), None);
}
