using System.Net;

namespace Plait.SystemTests.TorNet;

/// <summary>A torrc, put together from what each role in a network on loopback needs.</summary>
/// <param name="nickname">The member's name.</param>
/// <param name="dataDirectory">Its directory, which tor creates.</param>
/// <param name="root">The root in which tor is to run, above the data directory; empty for the system's.</param>
internal sealed class Torrc(string nickname, string dataDirectory, string root = "")
{
    private readonly List<string> _lines =
    [
        $"DataDirectory {dataDirectory[root.Length..]}",
        $"Nickname {nickname}",
        "RunAsDaemon 0",
        "SafeLogging 0",
        $"__OwningControllerProcess {Environment.ProcessId}", // tor ends with us, however we end
    ];

    public string Nickname => nickname;

    public string DataDirectory => dataDirectory;

    /// <summary>The root in which tor is to run; empty for the system's.</summary>
    public string Root => root;

    /// <summary>Lines as they stand.</summary>
    public Torrc With(params IEnumerable<string> lines)
    {
        _lines.AddRange(lines);
        return this;
    }

    /// <summary>
    /// Without the address for outside connections: with one, a transport that dials the network itself is refused, because none is known to
    /// keep it (G3). What such a client's transport dials has to be on loopback.
    /// </summary>
    public Torrc WithoutOutboundBindAddress()
    {
        _lines.RemoveAll(line => line.StartsWith("OutboundBindAddress ", StringComparison.Ordinal));
        return this;
    }

    /// <summary>What all members share: a test network of these authorities that cannot leave loopback.</summary>
    public Torrc InNetwork(IEnumerable<DirectoryAuthority> authorities) => With(
        "TestingTorNetwork 1",
        "AssumeReachable 1",
        "DirAllowPrivateAddresses 1",
        "ExtendAllowPrivateAddresses 1",
        "EnforceDistinctSubnets 0",
        "ClientRejectInternalAddresses 0",
        "ClientDNSRejectInternalAddresses 0",
        "OutboundBindAddress 127.0.0.1", // the kernel refuses any destination outside
        "PathsNeededToBuildCircuits 0.25",
        "ShutdownWaitLength 0").With(authorities.Select(a => a.ToString()));

    /// <summary>A listener for other relays, and the address to publish.</summary>
    public Torrc AsRelay(int orPort) => With(
        "Address 127.0.0.1",
        $"ORPort 127.0.0.1:{orPort}",
        "SocksPort 0",
        "ContactInfo none",
        "ServerDNSAllowBrokenConfig 1",
        "ServerDNSDetectHijacking 0",
        "DoSConnectionEnabled 0",
        "DoSCircuitCreationEnabled 0");

    /// <summary>
    /// Lets clients reach servers on loopback. The rest of the policy stays tor's own: clients go by a summary that leaves
    /// private networks out, and with nothing else accepted they take the relay for no exit.
    /// </summary>
    public Torrc AsExit() => With("ExitRelay 1", "ExitPolicyRejectPrivate 0", "ExitPolicy accept 127.0.0.0/8:*");

    /// <summary>Votes every few seconds, and hands every flag to everybody.</summary>
    public Torrc AsAuthority(int dirPort) => With(
        $"DirPort 127.0.0.1:{dirPort}",
        "AuthoritativeDirectory 1",
        "V3AuthoritativeDirectory 1",
        "AuthDirMaxServersPerAddr 0",
        "TestingV3AuthInitialVotingInterval 5",
        "TestingV3AuthInitialVoteDelay 2",
        "TestingV3AuthInitialDistDelay 2",
        "V3AuthVotingInterval 20",
        "V3AuthVoteDelay 3",
        "V3AuthDistDelay 3",
        "TestingDirAuthVoteExit *",
        "TestingDirAuthVoteGuard *",
        "TestingDirAuthVoteHSDir *",
        "TestingMinExitFlagThreshold 0");

    /// <summary>Keeps the bridges' descriptors.</summary>
    public Torrc AsBridgeAuthority(int dirPort) => With(
        $"DirPort 127.0.0.1:{dirPort}", "AuthoritativeDirectory 1", "BridgeAuthoritativeDir 1", "AuthDirMaxServersPerAddr 0");

    /// <summary>A bridge with an Extended ORPort. Its ServerTransport lines are the caller's.</summary>
    public Torrc AsBridge() => With("BridgeRelay 1", "ExtORPort auto", "ExitRelay 0");

    /// <summary>A control port without a password, its address written to a file; with the events of CONN_BW.</summary>
    public Torrc Controlled() => With(
        "ControlPort auto", $"ControlPortWriteToFile {ControlPortFile[root.Length..]}", "CookieAuthentication 0", "TestingEnableConnBwEvent 1");

    /// <summary>Where <see cref="Controlled"/> has tor write its control port.</summary>
    public string ControlPortFile => Path.Combine(dataDirectory, "control-port");

    /// <summary>A client that goes through a bridge.</summary>
    public Torrc AsBridgeClient(IPEndPoint socksPort, string bridgeLine) =>
        With("UseBridges 1", bridgeLine, $"SocksPort {socksPort}", "SocksPolicy accept 127.0.0.1");

    /// <summary>Writes the file beside the data directory, which tor creates with the permissions it wants.</summary>
    /// <returns>Its path.</returns>
    public string Write()
    {
        string path = dataDirectory + ".torrc";
        File.WriteAllLines(path, _lines);
        return path;
    }
}
