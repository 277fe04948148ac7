//! What refusals of S3 and of what gives out its roles mean.

use super::settings::REGION;
use crate::storage::remote::authorize::Refusal;
use crate::storage::remote::failure::Failure;

/// Says what a refusal of S3 means, by its code; an answer without a body has none.
pub(super) fn explain(refusal: &Refusal) -> Option<Failure> {
    Some(match refusal.code.as_str() {
        "NoSuchBucket" => Failure::NoContainer,
        "NoSuchKey" | "NoSuchUpload" => Failure::Missing,
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException" => Failure::WrongCredentials,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Failure::Expired { since: None },
        "RequestTimeTooSkewed" | "RequestExpired" => Failure::ClockSkew {
            seconds: refusal.ahead.unwrap_or_default(),
        },
        "AccessDenied" | "AccountProblem" | "AllAccessDisabled" | "InvalidSecurity" | ""
            if refusal.status == 403 =>
        {
            if refusal.is_signed {
                Failure::Denied
            } else {
                Failure::NoCredentials
            }
        }
        "PreconditionFailed" => Failure::Replaced,
        "ConditionalRequestConflict" => Failure::Exists,
        "SlowDown" | "TooManyRequests" => Failure::Throttled,
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            region()
        }
        "" if matches!(refusal.status, 301 | 307) => region(),
        "NotImplemented" => Failure::Unsupported { what: "do this" },
        _ => return None,
    })
}

fn region() -> Failure {
    Failure::Setting {
        reason: "it is in another region than the one that it is asked in".to_owned(),
        hint: format!(
            "give its region in {REGION:?}, such as \"eu-central-1\"; the cloud's own portal shows it"
        ),
    }
}
