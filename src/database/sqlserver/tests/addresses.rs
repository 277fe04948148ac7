//! What an address says.

use std::time::Duration;

use crate::database::error::DatabaseError;
use crate::database::sqlserver::connect::is_near;
use crate::database::sqlserver::endpoint::{Encryption, Endpoint, Proof, safety};
use crate::database::testing::Keys;
use crate::database::verifier::Check;
use crate::error::Problem as _;
use crate::secret::{Address, open};

fn endpoint(address: &str) -> Result<Endpoint, DatabaseError> {
    Endpoint::new(&open(Address::parse(address).unwrap(), &Keys).unwrap())
}

fn refusal(address: &str) -> String {
    let error = endpoint(address).err().unwrap();
    format!("{error}; {}", error.hint().unwrap())
}

fn login(endpoint: &Endpoint) -> (&str, &str) {
    match &endpoint.proof {
        Proof::Password { user, password } => (user, password),
        Proof::Token(token) => ("", token),
    }
}

#[test]
fn reads_where_as_whom_and_how_safe() {
    let read = endpoint(
        "mssql://{{secrets/s/ann}}:{{secrets/s/hunter2}}@db.example.com:1434/shop?connect_timeout=5",
    )
    .unwrap();
    assert_eq!((read.host.as_str(), read.port), ("db.example.com", 1434));
    assert_eq!(login(&read), ("ann", "hunter2"));
    assert_eq!(read.database.as_deref(), Some("shop"));
    assert_eq!(
        (read.encryption, read.check),
        (Encryption::Full, Check::Everything)
    );
    assert_eq!(read.timeout, Duration::from_secs(5));
    assert_eq!(read.name(), "SQL Server at db.example.com:1434");
    let read = endpoint("sqlserver://ann@[::1]/").unwrap();
    assert_eq!(
        (
            read.name().as_str(),
            read.database.as_deref(),
            read.application.as_str()
        ),
        ("SQL Server at [::1]:1433", None, "sheaf")
    );
}

#[test]
fn reads_the_addresses_of_jdbc() {
    let read = endpoint(
        "jdbc:sqlserver://shop.database.windows.net:1433;database=shop;user=ann@shop;password={{{secrets/s/hunter2}}};\
         encrypt=true;trustServerCertificate=false;hostNameInCertificate=*.database.windows.net;loginTimeout=30;",
    )
    .unwrap();
    assert_eq!(login(&read), ("ann@shop", "hunter2"));
    assert_eq!(read.database.as_deref(), Some("shop"));
    assert_eq!(
        (read.encryption, read.check),
        (Encryption::Full, Check::Everything)
    );
    assert_eq!(
        (read.certificate_host.as_deref(), read.timeout),
        (None, Duration::from_secs(30))
    );
    let other =
        "jdbc:sqlserver://10.0.0.5;databaseName=shop;user=ann;password=x;hostNameInCertificate=*.example.com";
    let other = endpoint(other).unwrap();
    assert_eq!(other.certificate_host.as_deref(), Some("any.example.com"));
    let reads = "jdbc:sqlserver://h;user=ann;password=x;applicationIntent=ReadOnly;applicationName=night";
    let reads = endpoint(reads).unwrap();
    assert_eq!((reads.only_reads, reads.application.as_str()), (true, "night"));
}

#[test]
fn a_token_is_given_by_name_or_as_the_password() {
    for address in [
        "jdbc:sqlserver://h;accessToken={{{secrets/s/good-token}}}",
        "jdbc:sqlserver://h;authentication=ActiveDirectoryAccessToken;accessToken={{{secrets/s/good-token}}}",
        "mssql://x:{{secrets/s/good-token}}@h/d?authentication=ActiveDirectoryAccessToken",
    ] {
        let read = endpoint(address).unwrap();
        assert!(matches!(read.proof, Proof::Token(_)), "{address}");
        assert_eq!(login(&read), ("", "good-token"), "{address}");
    }
    assert_eq!(
        refusal(
            "jdbc:sqlserver://h;user=ann;password={{{secrets/s/hunter2}}};authentication=ActiveDirectoryPassword"
        ),
        "the address asks for a way to log in that is not known here; \
         authentication may be SqlPassword, or ActiveDirectoryAccessToken with accessToken"
    );
    assert!(refusal("mssql://h/d?authentication=ActiveDirectoryAccessToken").contains("none is given"));
}

#[test]
fn refuses_what_it_would_not_do() {
    assert_eq!(
        refusal("jdbc:sqlserver://h;user=ann;password=x;trustServerCertificat=true"),
        "the address has the parameter \"trustServerCertificat\", which is none of SQL Server; \
         did you mean trustServerCertificate?"
    );
    let instance = "the address names an instance of the server; write the port of the instance instead, as in \
                    host:1434; its configuration says which that is";
    assert_eq!(
        refusal("jdbc:sqlserver://h\\SQLEXPRESS;user=ann;password=x"),
        instance
    );
    assert_eq!(refusal("mssql://ann:x@h/d?instanceName=SQLEXPRESS"), instance);
    assert_eq!(
        refusal("jdbc:sqlserver://h;integratedSecurity=true"),
        "the address asks for a login of Windows, which is not known here; \
         give a user and a password, or a token of Microsoft Entra as accessToken"
    );
    assert_eq!(
        refusal("mssql://h/shop"),
        "the address names no user; write it as mssql://user@host/database, or give connect() user="
    );
    assert_eq!(
        refusal("mssql://ann@db.example.com/d?trustServerCertificate=true"),
        "trustServerCertificate=true would trust whoever is in between; \
         sslrootcert=/path/to/ca.pem names the certificates to trust"
    );
    // The value may be that of a secret, and is not shown.
    for name in [
        "connect_timeout",
        "encrypt",
        "applicationIntent",
        "trustServerCertificate",
    ] {
        let shown = refusal(&format!(
            "mssql://ann@localhost/shop?{name}={{{{secrets/s/hunter2}}}}"
        ));
        assert!(shown.contains(name) && !shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn tls_is_for_the_whole_session_and_verified_unless_the_server_is_this_machine() {
    let decided = |encrypt, trusts, host| safety(encrypt, trusts, host).ok();
    let (full, everything) = (Encryption::Full, Check::Everything);
    assert_eq!(decided(None, None, "db.example.com"), Some((full, everything)));
    assert_eq!(
        decided(Some("true"), Some(false), "db.example.com"),
        Some((full, everything))
    );
    assert_eq!(
        decided(Some("Mandatory"), None, "localhost"),
        Some((full, everything))
    );
    assert_eq!(
        decided(Some("strict"), None, "db.example.com"),
        Some((Encryption::Strict, everything))
    );
    for host in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(
            decided(None, None, host),
            Some((Encryption::Offered, Check::Nothing))
        );
        assert_eq!(decided(None, Some(false), host), Some((full, everything)));
        assert_eq!(
            decided(Some("true"), Some(true), host),
            Some((full, Check::Nothing))
        );
        assert_eq!(
            decided(Some("false"), None, host),
            Some((Encryption::None, Check::Nothing))
        );
    }
    for encrypt in ["false", "optional", "no", "disable"] {
        assert_eq!(decided(Some(encrypt), None, "db.example.com"), None, "{encrypt}");
    }
    assert_eq!(decided(None, Some(true), "db.example.com"), None);
    assert_eq!(decided(Some("perhaps"), None, "localhost"), None);
}

#[test]
fn a_server_sends_one_on_to_its_own_domain_alone() {
    let azure = "shop.database.windows.net";
    assert!(is_near(
        azure,
        "c7a.tr5.westeurope1-a.worker.database.windows.net"
    ));
    assert!(is_near(azure, "OTHER.Database.Windows.Net"));
    assert!(is_near("localhost", "localhost"));
    assert!(is_near("10.0.0.5", "10.0.0.5"));
    for (host, other) in [
        (azure, "evil.example.com"),
        (azure, "evildatabase.windows.net"),
        ("db.local", "evil.local"),
        ("10.0.0.5", "11.0.0.5"),
        ("localhost", "evil.example.com"),
    ] {
        assert!(!is_near(host, other), "{host} {other}");
    }
}
