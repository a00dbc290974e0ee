namespace Plait.Cli.Tunnels;

/// <summary>
/// Says in the words of a tunnel what messages say in those of tor: most are written for tor's users, who have a torrc and restart tor.
/// </summary>
internal static class WithoutTor
{
    // In this order: a later phrase may be a part of an earlier one.
    private static readonly (string Of, string By)[] s_phrases =
    [
        ("declare it in the plaitrc, or correct the name in the torrc; plait check tells what there is",
            "declare it in the plaitrc, or correct its name; plait check tells what there is"),
        ("in the bridge line, the torrc or the plaitrc", "in the options, the bridge line or the plaitrc"),
        ("write an address of this machine in ServerTransportListenAddr", "listen at an address of this machine"),
        ("the address that ServerTransportListenAddr names", "the address to listen at"),
        ("OutboundBindAddress (or OutboundBindAddressPT) in torrc", "the address to connect from"),
        ("OutboundBindAddress and OutboundBindAddressPT from torrc", "the address to connect from"),
        ("OutboundBindAddress in torrc", "the address to connect from"),
        ("torrc sets OutboundBindAddress", "an address to connect from is given"),
        ("from the address that torrc wants", "from the address that is given"),
        ("the proxy in torrc", "the upstream proxy"),
        ("the proxy from torrc", "the upstream proxy"),
        ("proxy in torrc", "proxy"),
        ("ServerTransportOptions in torrc or plaitrc", "its options, or ServerTransportOptions in the plaitrc"),
        ("tor has an upstream proxy set", "an upstream proxy is set"),
        ("the disk of tor's data directory", "the disk of the state directory"),
        ("NoNewPrivileges=yes of tor's service", "NoNewPrivileges=yes of its service"),
        ("(systemctl edit tor@default)", "(systemctl edit)"),
        ("if it is frequent, look at tor's log", "if it is frequent, look at the log of the service"),
        ("and tor opens another connection", "and the application can open another connection"),
        ("tor asks for a chain", "A chain is asked for"),
        ("restart tor", "restart Plait"),
        ("Restart tor", "Restart Plait"),
        ("a restart of tor", "a restart of Plait"),
    ];

    /// <summary>The text in the words of a tunnel.</summary>
    internal static string Of(string text) => s_phrases.Aggregate(text, (said, phrase) => said.Replace(phrase.Of, phrase.By, StringComparison.Ordinal));
}
