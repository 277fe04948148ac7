//! Signed addresses: whoever has one is let in, so that a part of it is a credential.

use crate::secret::names_a_password;

/// Parameters of signed addresses, beside those whose names say it.
const SIGNATURES: [&str; 3] = ["sig", "signature", "x-amz-signature"];

/// Returns a parameter of an address that lets in whoever has it, with its value: the signature of a signed URL.
pub(super) fn secret_parameter(address: &str) -> Option<(&str, &str)> {
    let (_, query) = address.split_once('?')?;
    query
        .split('&')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, value)| {
            let is_signature = SIGNATURES.iter().any(|known| name.eq_ignore_ascii_case(known));
            !value.is_empty() && !value.starts_with("{{") && (is_signature || names_a_password(name))
        })
}
