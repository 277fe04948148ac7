//! Which names of settings are of passwords: `fs.azure.account.key.…`, `…client.secret`, `fs.s3a.secret.key`, `sas`.

/// Words that a name has which is of a password; several follow each other.
const WORDS: [&[&str]; 18] = [
    &["password"],
    &["passwd"],
    &["passphrase"],
    &["pwd"],
    &["pass"],
    &["secret"],
    &["token"],
    &["sas"],
    &["credential"],
    &["credentials"],
    &["authorization"],
    &["account", "key"],
    &["access", "key"],
    &["secret", "key"],
    &["private", "key"],
    &["api", "key"],
    &["apikey"],
    &["connection", "string"],
];
/// Words that say that a name is of something about a password.
const ABOUT: [&str; 9] = [
    "provider", "endpoint", "type", "url", "uri", "expiry", "file", "scope", "id",
];

/// Returns whether a setting of this name is a password; `access.key` alone is a name at S3, and its partner the password.
pub(crate) fn names_a_password(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let has = |wanted: &[&str]| words.windows(wanted.len()).any(|found| found == wanted);
    let is_of_s3 = has(&["s3a"]) || has(&["s3"]) || has(&["aws"]);
    WORDS
        .iter()
        .filter(|wanted| !(is_of_s3 && **wanted == ["access", "key"]))
        .any(|wanted| has(wanted))
        && !words.iter().any(|word| ABOUT.contains(word))
}

/// Splits a name at all but letters and digits, and at capitals: `clientSecret`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_passwords_are_known() {
        let passwords = [
            "fs.azure.account.key.store.blob.core.windows.net",
            "fs.azure.account.key.….dfs.core.windows.net",
            "fs.azure.sas.data.store.blob.core.windows.net",
            "fs.azure.sas.fixed.token.store.dfs.core.windows.net",
            "fs.azure.account.oauth2.client.secret",
            "dfs.adls.oauth2.credential",
            "fs.s3a.secret.key",
            "fs.gs.auth.service.account.private.key",
            "password",
            "clientSecret",
            "api_key",
            "connectionString",
        ];
        for name in passwords {
            assert!(names_a_password(name), "{name}");
        }
        let others = [
            "fs.azure.account.auth.type",
            "fs.azure.account.oauth.provider.type",
            "fs.azure.account.oauth2.client.id",
            "fs.azure.account.oauth2.client.endpoint",
            "fs.azure.sas.token.provider.type.store.dfs.core.windows.net",
            "dfs.adls.oauth2.access.token.provider",
            "fs.s3a.access.key",
            "user",
            "compass",
            "…",
        ];
        for name in others {
            assert!(!names_a_password(name), "{name}");
        }
    }
}
