//! Networks of IP addresses in CIDR notation.

use std::net::IpAddr;

/// Parses a network such as `10.0.0.0/24` or `2001:db8::/64` into its address and the length of its
/// prefix in bits.
pub(crate) fn parse(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

/// Whether `address` is in the network with the prefix of `bits` bits. An IPv4 address is never in
/// an IPv6 network, nor the reverse.
pub(crate) fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - u32::from(bits);
            let part = |address: std::net::Ipv4Addr| u32::from(address).checked_shr(shift);
            part(address) == part(network)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - u32::from(bits);
            let part = |address: std::net::Ipv6Addr| u128::from(address).checked_shr(shift);
            part(address) == part(network)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_network_with_the_same_prefix() {
        let within = |address: &str, network| {
            let (network, bits) = parse(network).unwrap();
            is_within(address.parse().unwrap(), network, bits)
        };
        assert!(within("10.0.0.255", "10.0.0.0/24") && !within("10.0.1.0", "10.0.0.0/24"));
        assert!(within("203.0.113.7", "0.0.0.0/0") && !within("::1", "0.0.0.0/0"));
        assert!(within("2001:db8::7", "2001:db8::/64") && !within("2001:db9::", "2001:db8::/64"));
        assert_eq!(
            [parse("10.0.0.0"), parse("10.0.0.0/33"), parse("x/8")],
            [None; 3]
        );
    }
}
