using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>The configurations that these tests run with.</summary>
internal static class Plaitrc
{
    /// <summary>On a busy machine a good program may take longer than the default to start, and would be announced as a late one.</summary>
    public const string Patient = "LateStartGrace 20 seconds";

    /// <summary>A program that is killed again and again is back each time.</summary>
    public const string BackSoon = "RestartDelayMax 500 msec";

    /// <summary>The same configuration with another grace for programs that are slow.</summary>
    public static string WithLateStartGrace(this string plaitrc, string interval) =>
        plaitrc.Replace(Patient, $"LateStartGrace {interval}", StringComparison.Ordinal);

    /// <summary>obfs2, obfs3 and obfs4 of the real obfs4proxy, on both sides.</summary>
    public static string Obfs4Proxy(params string[] more)
    {
        string program = Programs.Require("obfs4proxy");
        return string.Join('\n', [
            $"ClientTransportPlugin obfs2,obfs3,obfs4 exec {program}",
            $"ServerTransportPlugin obfs2,obfs3,obfs4 exec {program}",
            .. more,
            Patient,
            "",
        ]);
    }

    /// <summary>obfs4 alone of the real obfs4proxy, on both sides: obfs3 is then that inside Plait.</summary>
    public static string WithObfs3Inside(params string[] more)
    {
        string program = Programs.Require("obfs4proxy");
        return string.Join('\n', [$"ClientTransportPlugin obfs4 exec {program}", $"ServerTransportPlugin obfs4 exec {program}", .. more, Patient, ""]);
    }

    /// <summary>The same, and the dummy transport under some names.</summary>
    /// <param name="client">The client's flags.</param>
    /// <param name="server">The server's flags.</param>
    /// <param name="names">The names, comma-separated.</param>
    /// <param name="more">Further lines.</param>
    public static string WithDummy(string client, string server, string names = "plain", params string[] more) => Obfs4Proxy([
        $"ClientTransportPlugin {names} exec {Programs.DummyTransport} {client}",
        $"ServerTransportPlugin {names} exec {Programs.DummyTransport} {server}",
        .. more,
    ]);

    /// <summary>No proxy joint on the client.</summary>
    public const string ForceShim = "ClientTransportJoint * shim";

    /// <summary>On the bridge Plait's own listener in front of the wire hop, which is dialled like any other.</summary>
    public const string InFront = "ServerTransportWire * plait";

    /// <summary>No Extended ORPort joint on the bridge.</summary>
    public const string ForceOrPort = "ServerTransportJoint * orport";
}
