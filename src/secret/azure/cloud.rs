//! [`Cloud`]: the clouds of Azure, each with its own hosts.
//!
//! A token opens everything of its audience. So it is only ever sent to hosts that are Azure's own by their name, and only
//! to those of its cloud.

use url::{Host, Url};

/// A cloud.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::secret) struct Cloud {
    /// How the hosts of its key vaults end.
    vaults: &'static str,
    /// What tokens for its key vaults are for.
    pub(in crate::secret) audience: &'static str,
    /// Who gives tokens.
    pub(in crate::secret) authority: &'static str,
}

/// The clouds; the first is the one that nearly everyone uses.
static CLOUDS: [Cloud; 3] = [
    Cloud {
        vaults: ".vault.azure.net",
        audience: "https://vault.azure.net",
        authority: "https://login.microsoftonline.com",
    },
    Cloud {
        vaults: ".vault.usgovcloudapi.net",
        audience: "https://vault.usgovcloudapi.net",
        authority: "https://login.microsoftonline.us",
    },
    Cloud {
        vaults: ".vault.azure.cn",
        audience: "https://vault.azure.cn",
        authority: "https://login.chinacloudapi.cn",
    },
];

impl Cloud {
    /// Returns the cloud of a vault; one on this machine, as tests have it, belongs to the first.
    ///
    /// The error says what is wrong with the address.
    pub(in crate::secret) fn of_vault(vault: &Url) -> Result<&'static Self, &'static str> {
        if !vault.username().is_empty() || vault.password().is_some() {
            return Err("it has a user or a password in it");
        }
        if !matches!(vault.path(), "" | "/") || vault.query().is_some() || vault.fragment().is_some() {
            return Err("there is more behind the host");
        }
        if is_on_this_machine(vault) {
            return CLOUDS.first().ok_or("there is no cloud");
        }
        if vault.scheme() != "https" {
            return Err("it is not https");
        }
        let host = vault.host_str().unwrap_or_default();
        let cloud = CLOUDS.iter().find(|cloud| {
            let name = host.strip_suffix(cloud.vaults);
            name.is_some_and(|name| !name.is_empty() && !name.contains('.'))
        });
        cloud
            .filter(|_| vault.port().is_none())
            .ok_or("its host is not a vault of Azure")
    }

    /// Returns whether an address is that of an authority of Azure.
    pub(in crate::secret) fn has_authority(address: &Url) -> bool {
        let known =
            |cloud: &Cloud| Url::parse(cloud.authority).is_ok_and(|known| known.origin() == address.origin());
        CLOUDS.iter().any(known)
    }
}

/// Returns whether an address leads to this machine.
pub(in crate::secret) fn is_on_this_machine(address: &Url) -> bool {
    matches!(address.scheme(), "http" | "https")
        && match address.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_azure_are_vaults() {
        let audience = |text: &str| {
            let vault = Url::parse(text).unwrap();
            Cloud::of_vault(&vault).map(|cloud| cloud.audience)
        };
        let (public, china) = ("https://vault.azure.net", "https://vault.azure.cn");
        let host = Err("its host is not a vault of Azure");
        for (text, expected) in [
            ("https://myvault.vault.azure.net", Ok(public)),
            ("https://MyVault.vault.azure.net/", Ok(public)),
            ("https://myvault.vault.azure.cn", Ok(china)),
            ("http://127.0.0.1:8080", Ok(public)),
            ("http://myvault.vault.azure.net", Err("it is not https")),
            ("https://vault.azure.net", host),
            ("https://a.b.vault.azure.net", host),
            ("https://myvault.vault.azure.net.evil.com", host),
            (
                "https://evil.com?.vault.azure.net",
                Err("there is more behind the host"),
            ),
            (
                "https://evil.com/.vault.azure.net",
                Err("there is more behind the host"),
            ),
            (
                "https://myvault.vault.azure.net@evil.com",
                Err("it has a user or a password in it"),
            ),
            ("https://myvault.vault.azure.net:8443", host),
            ("https://169.254.169.254", host),
            ("ftp://localhost", Err("it is not https")),
        ] {
            assert_eq!(audience(text), expected, "{text}");
        }
        assert!(Cloud::has_authority(
            &Url::parse("https://login.microsoftonline.us/").unwrap()
        ));
        assert!(!Cloud::has_authority(
            &Url::parse("https://login.microsoftonline.com.evil.com").unwrap()
        ));
        assert!(!Cloud::has_authority(
            &Url::parse("http://login.microsoftonline.com").unwrap()
        ));
    }
}
