namespace Plait.Wire.Pt.Environments;

/// <summary>The names of the environment variables (pt-spec 3.2).</summary>
internal static class PtVariables
{
    internal const string Prefix = "TOR_PT_";
    internal const string ManagedTransportVersion = "TOR_PT_MANAGED_TRANSPORT_VER";
    internal const string StateLocation = "TOR_PT_STATE_LOCATION";
    internal const string ExitOnStdinClose = "TOR_PT_EXIT_ON_STDIN_CLOSE";
    internal const string OutboundBindAddressV4 = "TOR_PT_OUTBOUND_BIND_ADDRESS_V4";
    internal const string OutboundBindAddressV6 = "TOR_PT_OUTBOUND_BIND_ADDRESS_V6";
    internal const string ClientTransports = "TOR_PT_CLIENT_TRANSPORTS";
    internal const string Proxy = "TOR_PT_PROXY";
    internal const string ServerTransports = "TOR_PT_SERVER_TRANSPORTS";
    internal const string ServerTransportOptions = "TOR_PT_SERVER_TRANSPORT_OPTIONS";
    internal const string ServerBindAddress = "TOR_PT_SERVER_BINDADDR";
    internal const string OrPort = "TOR_PT_ORPORT";
    internal const string ExtendedServerPort = "TOR_PT_EXTENDED_SERVER_PORT";
    internal const string AuthCookieFile = "TOR_PT_AUTH_COOKIE_FILE";

    /// <summary>Variables of shadowsocks plugins (SIP003, Q2).</summary>
    internal const string ShadowsocksPrefix = "SS_";

    /// <summary>The only version of the managed-proxy protocol (E7, E9).</summary>
    internal const string SupportedVersion = "1";
}
