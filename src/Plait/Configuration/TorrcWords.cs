namespace Plait.Configuration;

/// <summary>Words that belong in tor's own torrc and are often copied along.</summary>
internal static class TorrcWords
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "Address", "AssumeReachable", "AvoidDiskWrites", "Bridge", "BridgeDistribution", "BridgeRelay", "CacheDirectory",
        "ClientOnly", "ConnLimit", "ContactInfo", "ControlPort", "ControlSocket", "CookieAuthentication", "DataDirectory",
        "DirPort", "DisableNetwork", "DNSPort", "EntryNodes", "ExitNodes", "ExitPolicy", "ExitRelay", "ExtORPort",
        "ExtORPortCookieAuthFile", "FascistFirewall", "GeoIPFile", "GeoIPv6File", "HiddenServiceDir", "HiddenServicePort",
        "HTTPSProxy", "HTTPSProxyAuthenticator", "HTTPTunnelPort", "Log", "MaxAdvertisedBandwidth", "MyFamily", "Nickname",
        "NoExec", "ORPort", "OutboundBindAddress", "OutboundBindAddressPT", "PidFile", "PublishServerDescriptor",
        "ReachableAddresses", "RelayBandwidthBurst", "RelayBandwidthRate", "RunAsDaemon", "Sandbox", "ServerDNSResolvConfFile",
        "Socks4Proxy", "Socks5Proxy", "Socks5ProxyPassword", "Socks5ProxyUsername", "SocksPolicy", "SocksPort", "StrictNodes",
        "TCPProxy", "TransPort", "UpdateBridgesFromAuthority", "UseBridges", "User",
    };

    internal static bool Contains(string word) => Known.Contains(word);
}
