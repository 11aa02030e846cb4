//! IP networks in CIDR notation.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network: all addresses that begin with the same bits.
///
/// ```
/// use ct_core::predicate::Network;
/// let network: Network = "192.0.2.0/24".parse().unwrap();
/// assert!(network.contains("192.0.2.7") && !network.contains("192.0.3.7"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Parses an address and the length of its prefix, such as `192.0.2.0/24`, or returns `None` if the text has
    /// another form. Unlike [`Network::from_str`], keeps an IPv4 address in IPv6 form as it is.
    #[must_use]
    pub fn from_cidr(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let prefix_bits: u8 = bits.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (prefix_bits <= most).then_some(Self {
            address,
            prefix_bits,
        })
    }

    /// Whether `text` is an IP address in the network. `false` for text that is not an IP address.
    ///
    /// An IPv4 address in IPv6 form (`::ffff:192.0.2.7`) counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        let address = text.parse::<IpAddr>();
        address.is_ok_and(|address| self.contains_address(address.to_canonical()))
    }

    /// Whether `address` is in the network. `false` for an address of the other IP version, even for an IPv4 address
    /// in IPv6 form.
    #[must_use]
    pub fn contains_address(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4()
            && first_bits(address, self.prefix_bits) == first_bits(self.address, self.prefix_bits)
    }
}

/// The first `count` bits of an address.
fn first_bits(address: IpAddr, count: u8) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    bits.checked_shr(width - u32::from(count)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let address = written.to_canonical();
        let most: u8 = if address.is_ipv4() { 32 } else { 128 };
        if written != address && length.is_some() {
            return Err(NotANetwork);
        }
        let prefix_bits = length.map_or(Ok(most), str::parse);
        let prefix_bits = prefix_bits.ok().filter(|bits| *bits <= most);
        Ok(Self {
            address,
            prefix_bits: prefix_bits.ok_or(NotANetwork)?,
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix_bits)
    }
}

/// The error for a string that is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANetwork;

impl fmt::Display for NotANetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "not an IP address or network: use a value such as 192.0.2.7, \
            192.0.2.0/24 or 2001:db8::/32",
        )
    }
}

impl std::error::Error for NotANetwork {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_networks_of_its_own_family() {
        for (network, address, expected) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.99/25", "192.0.2.1", true),
            ("192.0.2.99/25", "192.0.2.129", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("0.0.0.0/0", "AWS Internal", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address), expected, "{network} {address}");
        }
    }

    #[test]
    fn a_cidr_keeps_an_ipv4_address_in_ipv6_form() {
        let contains = |network: &str, address: &str| {
            let network = Network::from_cidr(network).unwrap();
            network.contains_address(address.parse().unwrap())
        };
        assert!(contains("10.0.0.0/24", "10.0.0.255") && !contains("10.0.0.0/24", "10.0.1.0"));
        assert!(contains("0.0.0.0/0", "203.0.113.7") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("2001:db8::/64", "2001:db8::7"));
        assert!(!contains("10.0.0.0/24", "::ffff:10.0.0.7"));
        assert!(contains("::ffff:0:0/96", "::ffff:10.0.0.7"));
        assert_eq!(
            ["10.0.0.0", "10.0.0.0/33", "x/8"].map(Network::from_cidr),
            [None; 3]
        );
    }

    #[test]
    fn an_invalid_network_is_refused() {
        for text in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "192.0.2.0/x",
            "::/129",
            "ec2.amazonaws.com",
            "/8",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }
}
