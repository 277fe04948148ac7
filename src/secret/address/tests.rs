use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::error::Problem;
use crate::secret::sink::{Resolver, open};

/// A resolver that has every secret and sends it anywhere, and notes where.
struct Anywhere(BTreeMap<String, Vec<u8>>);

impl Resolver for Anywhere {
    fn values(
        &self,
        references: &BTreeSet<Reference>,
        _destination: &Destination,
    ) -> Result<BTreeMap<Reference, SecretValue>, SecretError> {
        let value = |reference: &Reference| {
            let value = self.0.get(reference.key()).cloned().unwrap_or_default();
            (reference.clone(), SecretValue::new(value))
        };
        Ok(references.iter().map(value).collect())
    }
}

fn anywhere(values: &[(&str, &str)]) -> Anywhere {
    let values = values
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
    Anywhere(values.collect())
}

/// Writes `<key>` for a reference of the scope `s`.
fn text(short: &str) -> String {
    short.replace('<', "{{secrets/s/").replace('>', "}}")
}

/// Shows where an address leads and what its components are, or why it is refused.
fn shown(short: &str) -> String {
    match Address::parse(&text(short)) {
        Err(error) => format!("refused: {error}"),
        Ok(address) => {
            let mut shown = address.destination().to_string();
            for (component, template) in Sink::components(&address) {
                let value = template
                    .as_reference()
                    .map(|reference| format!("<{}>", reference.key()));
                let value = value.or_else(|| template.as_text().map(str::to_owned));
                shown += &format!(
                    ", {component} {}",
                    value.unwrap_or_else(|| "of several".to_owned())
                );
            }
            shown
        }
    }
}

#[test]
fn components_are_found_before_there_are_values() {
    for (address, expected) in [
        (
            "postgresql://<user>:<password>@DB.example.com:5432/titanic",
            "db.example.com, the user <user>, the password <password>, the port 5432, the database titanic",
        ),
        (
            "postgres://<user>:<password>@<host>:<port>/<db>?sslmode=require&options=<o>",
            "{{secrets/s/host}}, the host <host>, the user <user>, the password <password>, the port <port>, \
             the database <db>, the parameter \"sslmode\" require, the parameter \"options\" <o>",
        ),
        (
            "jdbc:sqlserver://my.database.windows.net:1433;database=<db>;user=me@my;password=<pw>;encrypt=true",
            "my.database.windows.net, the port 1433, the database <db>, the user me@my, the password <pw>, \
             the parameter \"encrypt\" true",
        ),
        (
            "jdbc:sqlserver://<host>:<port>;databaseName={a;b}}c}",
            "{{secrets/s/host}}, the host <host>, the port <port>, the database a;b}c",
        ),
        (
            "jdbc:sqlserver://db\\SQL2019;user=a<u>b",
            "db, the user of several",
        ),
        (
            "wasbs://data@mystore.blob.core.windows.net/titanic",
            "azure:mystore, the container data",
        ),
        (
            "abfss://<c>@<account>.dfs.core.windows.net/",
            "{{secrets/s/account}}, the account <account>, the container <c>",
        ),
        (
            "https://api.example.com/v1/rows?api_key=<key>&n=10",
            "api.example.com, the parameter \"api_key\" <key>, the parameter \"n\" 10",
        ),
        (
            "https://user%40corp:p%3Aw@h/",
            "h, the user user@corp, the password p:w",
        ),
        // What a text only becomes by being decoded is no reference.
        (
            "https://%7B%7Bsecrets%2Fs%2Fa%7D%7D:x@h/",
            "h, the user {{secrets/s/a}}, the password x",
        ),
        ("https://qz0s0x:<a>@h/", "h, the user qz0s0x, the password <a>"),
    ] {
        assert_eq!(shown(address), expected, "{address}");
    }
}

/// Addresses that look like others, and where they lead.
const HOSTILE: &[(&str, &str)] = &[
    (
        "https://good.host@evil.host/?k=<k>",
        "evil.host, the user good.host, the parameter \"k\" <k>",
    ),
    (
        "https://good.host:443@evil.host/?k=<k>",
        "evil.host, the user good.host, the password 443, the parameter \"k\" <k>",
    ),
    ("https://<host>@evil.host/", "evil.host, the user <host>"),
    (
        "https://evil.host/@good.host?k=<k>",
        "evil.host, the parameter \"k\" <k>",
    ),
    (
        "https://evil.host?@good.host&k=<k>",
        "evil.host, the parameter \"@good.host\" , the parameter \"k\" <k>",
    ),
    ("https://evil.host#@good.host", "evil.host"),
    (
        "HTTPS://GOOD.HOST.:8443/?k=<k>",
        "good.host, the port 8443, the parameter \"k\" <k>",
    ),
    (
        "https://g\u{43e}\u{43e}d.host/?k=<k>",
        "xn--gd-fmca.host, the parameter \"k\" <k>",
    ),
    (
        "https://good\u{3002}host/?k=<k>",
        "good.host, the parameter \"k\" <k>",
    ),
    (
        "https://good.host.evil.host/?k=<k>",
        "good.host.evil.host, the parameter \"k\" <k>",
    ),
    ("https://2130706433/?k=<k>", "127.0.0.1, the parameter \"k\" <k>"),
    (
        "https://[::ffff:127.0.0.1]:80/?k=<k>",
        "[::ffff:127.0.0.1], the port 80, the parameter \"k\" <k>",
    ),
    (
        "wasbs://data@mystore.blob.core.windows.net.evil.host/",
        "mystore.blob.core.windows.net.evil.host, the container data",
    ),
    (
        "wasbs://mystore.blob.core.windows.net@evil.host/",
        "evil.host, the container mystore.blob.core.windows.net",
    ),
    (
        "https://good.host\\@evil.host/",
        "refused: the address has a backslash, which programs read in different ways",
    ),
    (
        "https://evil.host\\.good.host/",
        "refused: the address has a backslash, which programs read in different ways",
    ),
    (
        "https://a@good.host@evil.host/",
        "refused: the address has more than one @ before the path, which programs read in different ways",
    ),
    (
        "https://good.host\n.evil.host/",
        "refused: the address has line breaks or other control characters, which programs read in different ways",
    ),
    (
        "https://good.host\t/",
        "refused: the address has line breaks or other control characters, which programs read in different ways",
    ),
    (
        "https://good.host .evil.host/",
        "refused: the address has spaces, which programs read in different ways",
    ),
    (
        "https://good.host%00.evil.host/",
        "refused: the address has no host that can be one",
    ),
    (
        "https://good.host%2f.evil.host/",
        "refused: the address has no host that can be one",
    ),
    (
        "https://good.host,evil.host/",
        "refused: the address has no host that can be one",
    ),
    (
        "postgresql://good.host,evil.host/db",
        "refused: the address has no host that can be one",
    ),
    (
        "postgresql://a:<p>@good.host/db?host=evil.host",
        "refused: the parameter \"host\" names another host",
    ),
    (
        "postgresql://a:<p>@good.host/db?HostAddr=10.0.0.1",
        "refused: the parameter \"HostAddr\" names another host",
    ),
    (
        "postgresql://a:<p>@good.host/db?h%6fst=evil.host",
        "refused: the parameter \"host\" names another host",
    ),
    (
        "postgresql://a:<p>@/db",
        "refused: the address has no host that can be one",
    ),
    (
        "postgresql:///db?user=<u>",
        "refused: the address has no host that can be one",
    ),
    (
        "https:good.host/?k=<k>",
        "refused: the address has no scheme that is known",
    ),
    (
        "https:///good.host/?k=<k>",
        "refused: the address has no host that can be one",
    ),
    (
        "file:///etc/<k>",
        "refused: the address has no scheme that is known",
    ),
    (
        "<scheme>://good.host/",
        "refused: the address has no scheme that is known",
    ),
    (
        "<all>",
        "refused: the whole address is one secret, and so is the host that would get it",
    ),
    (
        "https://<a>.good.host/",
        "refused: a part of the host is a secret",
    ),
    ("https://good.<a>/", "refused: a part of the host is a secret"),
    ("https://<a><b>/", "refused: a part of the host is a secret"),
    (
        "wasbs://data@<a>.blob.core.windows.net.evil.host/",
        "refused: a part of the host is a secret",
    ),
    (
        "wasbs://data@x<a>.blob.core.windows.net/",
        "refused: a part of the host is a secret",
    ),
    // Full-width letters that a parser reads as the mark of the secret.
    (
        "https://\u{ff51}\u{ff5a}0\u{ff53}0\u{ff58}/?k=<k>",
        "qz0s0x, the parameter \"k\" <k>",
    ),
    (
        "https://good.host:80<p>/",
        "refused: the port is neither a number up to 65535 nor one secret",
    ),
    (
        "https://good.host:80:81/",
        "refused: the port is neither a number up to 65535 nor one secret",
    ),
    (
        "https://good.host:99999/",
        "refused: the port is neither a number up to 65535 nor one secret",
    ),
    (
        "https://good.host/<k>",
        "refused: the address has a reference to a secret in the path",
    ),
    (
        "https://good.host/#<k>",
        "refused: the address has a reference to a secret in what follows #",
    ),
    (
        "https://good.host/?<k>=1",
        "refused: the address has a reference to a secret in the name of a parameter",
    ),
    (
        "jdbc:sqlserver://good.host;serverName=evil.host;password=<p>",
        "refused: the parameter \"serverName\" names another host",
    ),
    (
        "jdbc:sqlserver://good.host;failoverPartner=evil.host;password=<p>",
        "refused: the parameter \"failoverPartner\" names another host",
    ),
    (
        "jdbc:sqlserver://good.host;password=<p>;PASSWORD=x",
        "refused: the parameter \"PASSWORD\" is given twice",
    ),
    (
        "jdbc:sqlserver://good.host@evil.host;password=<p>",
        "refused: the address has no host that can be one",
    ),
    (
        "jdbc:sqlserver://good.host/evil;password=<p>",
        "refused: the address has no host that can be one",
    ),
    (
        "jdbc:sqlserver://;serverName=evil.host;password=<p>",
        "refused: the address has no host that can be one",
    ),
    (
        "jdbc:sqlserver://good.host;password=a{<p>",
        "refused: the address has a brace in a value that is not in braces, which programs read in different ways",
    ),
    (
        "jdbc:sqlserver://good.host;password={<p>",
        "refused: what follows the host is not written as name=value",
    ),
    (
        "jdbc:sqlserver://good.host;pass word=<p>",
        "refused: what follows the host is not written as name=value",
    ),
];

#[test]
fn a_hostile_address_leads_where_it_truly_leads_or_nowhere() {
    for (address, expected) in HOSTILE {
        assert_eq!(shown(address), *expected, "{address}");
    }
}

#[test]
fn an_error_never_has_the_text_of_the_address() {
    for address in [
        "https://me:hunter2hunter2@good.host\\x/",
        "postgres://me:hunter2hunter2@/db",
        "hunter2hunter2://x/",
        "jdbc:sqlserver://h;password=hunter2hunter2;password=hunter2hunter2",
    ] {
        let error = Address::parse(address).unwrap_err();
        let all = format!("{error} {error:?} {:?}", error.hint());
        assert!(!all.contains("hunter2hunter2"), "{address}");
    }
}

#[test]
fn a_value_is_its_component_and_nothing_more() {
    let hostile = "p@evil.host:1/x?host=evil.host#;serverName=evil.host;{}}\u{e9}%40\\ \t\n";
    let resolved = |address: &str, values: &[(&str, &str)]| {
        let address = Address::parse(&text(address)).unwrap();
        let resolved = open(address, &anywhere(values)).map_err(|error| error.to_string())?;
        Ok::<_, String>(resolved.to_text().expose_text().unwrap().to_owned())
    };
    assert_eq!(
        resolved(
            "postgresql://<u>:<p>@good.host/<p>?application_name=<p>",
            &[("u", "a/b"), ("p", "x y&é%")]
        )
        .unwrap(),
        "postgresql://a%2Fb:x%20y%26%C3%A9%25@good.host/x%20y%26%C3%A9%25?application_name=x%20y%26%C3%A9%25"
    );
    assert_eq!(
        resolved(
            "jdbc:sqlserver://Good.host\\I1:1433;user=<u>;password=<p>",
            &[("u", "a;b"), ("p", "x}y{")]
        )
        .unwrap(),
        "jdbc:sqlserver://good.host\\I1:1433;user={a;b};password={x}}y{}"
    );
    let whole = resolved("https://me:<p>@good.host:80/a/b?k=<p>#part", &[("p", hostile)]).unwrap();
    let parsed = Url::parse(&whole).unwrap();
    assert_eq!(
        (parsed.host_str(), parsed.port_or_known_default()),
        (Some("good.host"), Some(80))
    );
    assert_eq!((parsed.path(), parsed.fragment()), ("/a/b", Some("part")));
    // A host, an account and a port are checked before anything is done with them.
    assert_eq!(
        resolved(
            "postgres://me:<p>@<h>:<n>/db",
            &[("p", "x"), ("h", "DB.Example.com."), ("n", "5433")]
        )
        .unwrap(),
        "postgres://me:x@db.example.com:5433/db"
    );
    for value in [hostile, "", "a:b", "a@b", "a/b", "a,b", "*.b", "a\nb", "::1"] {
        assert_eq!(
            resolved("https://<h>/", &[("h", value)]).unwrap_err(),
            format!(
                "the value for the host cannot be used: {}",
                if value.is_empty() {
                    "it is empty"
                } else {
                    "it is not the name of one"
                }
            )
        );
        assert!(resolved("wasbs://c@<h>.blob.core.windows.net/", &[("h", value)]).is_err());
    }
    for value in ["", "0", "65536", "+80", "80/", "80@evil.host", " 80"] {
        assert_eq!(
            resolved("https://good.host:<n>/", &[("n", value)]).unwrap_err(),
            "the value for the port cannot be used: it is not a number from 1 to 65535"
        );
    }
}

#[test]
fn user_and_password_can_be_given_beside_an_address_but_not_twice() {
    let with = |address: &str, component, value: &str| {
        Address::parse(&text(address)).and_then(|address| address.with(component, Template::of(&text(value))))
    };
    let address = with(
        "postgresql://db.example.com:5432/titanic?sslmode=require",
        Component::User,
        "<u>",
    );
    let address = address
        .unwrap()
        .with(Component::Password, Template::of(&text("<p>")))
        .unwrap();
    let resolved = open(address, &anywhere(&[("u", "me@work"), ("p", "a:b")])).unwrap();
    assert_eq!(
        resolved.to_text().expose_text(),
        Some("postgresql://me%40work:a%3Ab@db.example.com:5432/titanic?sslmode=require")
    );
    for (address, component, expected) in [
        (
            "postgresql://you@h/d",
            Component::User,
            "the user is given twice: in the address, and beside it",
        ),
        (
            "postgresql://h/d?User=you",
            Component::User,
            "the user is given twice: in the address, and beside it",
        ),
        (
            "postgresql://you:<q>@h/d",
            Component::Password,
            "the password is given twice: in the address, and beside it",
        ),
    ] {
        assert_eq!(with(address, component, "<p>").unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_is_shown_of_an_address_is_where_it_leads_and_nothing_else() {
    for (address, expected) in [
        (
            "postgresql://<user>:pa55@DB.example.com:5432/titanic?token=abc",
            "postgresql://db.example.com:5432/titanic",
        ),
        (
            "postgres://me:pa55@<host>:<port>/<db>",
            "postgres://<host>:<port>/<db>",
        ),
        (
            "jdbc:postgresql://db.example.com/",
            "jdbc:postgresql://db.example.com",
        ),
    ] {
        assert_eq!(Address::parse(&text(address)).unwrap().shown(), text(expected));
    }
}

/// Reads the server of an address of SQL Server as its driver does: up to the first `;`.
fn server_of(address: &str) -> &str {
    let rest = address.strip_prefix("jdbc:sqlserver://").unwrap();
    rest.split(';').next().unwrap()
}

proptest::proptest! {
    #[test]
    fn whatever_the_values_are_scheme_and_host_are_those_that_were_written(
        user in "\\PC{0,12}|[@:/;#%?&=\\\\{}\\[\\]. \t\r\na-c]{0,12}",
        password in "\\PC{0,12}|[@:/;#%?&=\\\\{}\\[\\]. \t\r\na-c]{0,12}",
        database in "[@:/;#%?&=\\\\{}\\[\\]. \t\r\na-c]{0,12}",
    ) {
        let values = anywhere(&[("u", &user), ("p", &password), ("d", &database)]);
        for scheme in ["https", "postgresql", "mysql"] {
            let written = format!("{scheme}://<u>:<p>@good.host:1234/{}?k=<d>", if scheme == "https" { "x" } else { "<d>" });
            let address = Address::parse(&text(&written)).unwrap();
            let resolved = open(address, &values).unwrap().to_text();
            let resolved = resolved.expose_text().unwrap();
            let parsed = Url::parse(resolved).unwrap();
            proptest::prop_assert_eq!(parsed.scheme(), scheme);
            proptest::prop_assert_eq!(parsed.host_str(), Some("good.host"));
            proptest::prop_assert_eq!(parsed.port(), Some(1234));
            proptest::prop_assert_eq!(decoded(parsed.username()), user.as_str());
            proptest::prop_assert_eq!(decoded(parsed.password().unwrap_or_default()), password.as_str());
            let key = parsed.query_pairs().find(|(name, _)| name == "k").map(|(_, value)| value.into_owned());
            proptest::prop_assert_eq!(key.as_deref(), Some(database.as_str()));
        }
        let written = text("jdbc:sqlserver://good.host:1433;database=<d>;user=<u>;password=<p>");
        let resolved = open(Address::parse(&written).unwrap(), &values).unwrap().to_text();
        let resolved = resolved.expose_text().unwrap();
        proptest::prop_assert_eq!(server_of(resolved), "good.host:1433");
        // Read again, it has the same parts.
        if !resolved.contains(char::is_control) {
            let again = Address::parse(resolved).unwrap();
            let parts = [Component::Database, Component::User, Component::Password];
            for (part, value) in parts.iter().zip([&database, &user, &password]) {
                let components = Sink::components(&again);
                let found = components.iter().find(|(known, _)| known == part).unwrap();
                proptest::prop_assert_eq!(found.1.as_text(), Some(value.as_str()));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(https://|postgres://|jdbc:sqlserver://|wasbs://|\\{\\{secrets/s/k\\}\\}|[@:/;#%?\\\\\\[\\].a-c]|\\PC){0,12}") {
        if let Ok(address) = Address::parse(&text) {
            let _ = open(address, &anywhere(&[("k", "value")]));
        }
    }
}
