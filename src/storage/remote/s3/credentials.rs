//! Who asks S3, as the settings of a mount say: whoever has keys, whoever may take a role, the environment, nobody.
//!
//! Values come here from [`secret`](crate::secret) when a connection is made, and go into signatures alone.

use std::sync::Arc;

use super::environment;
use super::keys::{AssumedRole, Keys, Signer, plain};
use super::place::S3Place;
use super::settings::{
    ACCESS_KEY, ENDPOINT, ROLE_EXTERNAL, S3Identity, S3Settings, SECRET_KEY, SESSION_TOKEN,
};
use crate::secret::Destination;
use crate::storage::access::Access;
use crate::storage::remote::authorize::Authorize;
use crate::storage::remote::failure::RemoteError;
use crate::storage::remote::settings::{identify, unfit, value, values};

/// Prepares to sign requests for a place.
pub(super) fn signer(
    settings: &S3Settings,
    place: &S3Place,
    name: &str,
    access: &Access,
) -> Result<Arc<dyn Authorize>, RemoteError> {
    let destination =
        || Destination::parse(&place.host).map_err(|_| unfit(name, ENDPOINT, "its host is no sink"));
    let keys = match &settings.who {
        S3Identity::Nobody => Keys::Nobody,
        S3Identity::Environment if place.is_own_endpoint => Keys::Nobody,
        S3Identity::Environment if access.is_anonymous => Keys::Nobody,
        S3Identity::Environment => {
            identify(access, name, &destination()?)?;
            environment::keys(place, name, access)?
        }
        S3Identity::Keys { id, secret, token } => {
            let mut texts = vec![(ACCESS_KEY, id.as_str()), (SECRET_KEY, secret)];
            texts.extend(token.as_deref().map(|token| (SESSION_TOKEN, token)));
            let found = values(access, name, destination()?, &texts)?;
            let found = texts.iter().zip(&found).map(|((name_of, _), value)| {
                plain(value).ok_or_else(|| unfit(name, name_of, "it has other letters than keys have"))
            });
            let mut found = found.collect::<Result<Vec<_>, _>>()?.into_iter();
            match (found.next(), found.next()) {
                (Some(key_id), Some(secret_key)) => Keys::fixed(key_id, secret_key, found.next()),
                _ => return Err(unfit(name, ACCESS_KEY, "it has no value")),
            }
        }
    };
    let keys = match &settings.role {
        None => keys,
        Some(role) => {
            let external_id = match &role.external_id {
                Some(text) => {
                    let setting = (ROLE_EXTERNAL, text.as_str());
                    plain(&value(access, name, destination()?, setting)?)
                }
                None => None,
            };
            Keys::Role(Box::new(AssumedRole::new(role, external_id, keys, place, name)?))
        }
    };
    Ok(Arc::new(Signer::new("s3", keys, &place.region, name)))
}
