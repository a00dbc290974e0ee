using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Surroundings;

/// <summary>
/// The ends that stand in no surrounding, shared by all tests of the class: a Plait and an obfs4proxy for each role, and the
/// bridges' tor, which echoes. A copy of the published program lies where any user can run it.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class OtherEnds : IAsyncDisposable
{
    internal const string Chain = "obfs3_obfs4";
    internal const string Transport = "obfs4";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-ends-");
    private readonly Dictionary<(bool IsPlait, PtRole Role), PtHost> _ends = [];
    private readonly string _plaitrc;
    private readonly string _oneProcess; // on a bridge for all hops

    public OtherEnds()
    {
        OpenTo.Everybody(_folder.FullName);
        string obfs4proxy = Programs.Find("obfs4proxy") ?? "/usr/bin/obfs4proxy"; // each test asks for it
        _plaitrc = Path.Combine(_folder.FullName, "plaitrc");
        File.WriteAllText(_plaitrc, $"ClientTransportPlugin obfs3,obfs4 exec {obfs4proxy}\nServerTransportPlugin obfs3,obfs4 exec {obfs4proxy}\n");
        _oneProcess = Path.Combine(_folder.FullName, "one-process");
        File.WriteAllText(_oneProcess, File.ReadAllText(_plaitrc) + "ServerTransportWire * plait\n");
        OpenTo.Everybody(_plaitrc);
        OpenTo.Everybody(_oneProcess);
        OpenTo.Everybody(Tor.CookieFile);
        Plait = PlaitProgram.CopyTo(_folder.FullName);
        OpenTo.Everybody(Plait);
    }

    /// <summary>The published program, where any user can run it.</summary>
    internal string Plait { get; }

    /// <summary>The bridges' tor.</summary>
    internal ExtOrPortDouble Tor { get; } = ExtOrPortDouble.Start();

    /// <summary>How the side of a role is started: Plait with the chain, or obfs4proxy alone.</summary>
    internal PtLaunch Launch(bool isPlait, PtRole role, bool oneProcess = false) => new()
    {
        Program = isPlait ? Plait : Programs.Require("obfs4proxy"),
        Arguments = isPlait ? ["-f", oneProcess ? _oneProcess : _plaitrc] : [],
        Names = [isPlait ? Chain : Transport],
        IsServer = role == PtRole.Server,
        ExtendedOrPort = role == PtRole.Server ? Tor : null,
    };

    /// <summary>Opens a connection through the side under test and the other end.</summary>
    internal async Task<Socket> OpenAsync(PtHost side, bool isPlait, PtRole role)
    {
        (PtHost client, PtHost bridge) = role == PtRole.Client
            ? (side, OtherEndOf(isPlait, role))
            : (OtherEndOf(isPlait, role), side);
        string name = isPlait ? Chain : Transport;
        PtMethod listening = await bridge.MethodLine(name);
        IPEndPoint socks = await client.Method(name);
        return await SocksClient.ConnectAsync(socks, listening.EndPoint, listening.ArgumentList);
    }

    /// <summary>Opens a connection to a bridge that could not announce itself, from a client outside.</summary>
    internal async Task<Socket> OpenAsync(bool isPlait, IPEndPoint bridge, string[] arguments) => await SocksClient.ConnectAsync(
        await OtherEndOf(isPlait, PtRole.Server).Method(isPlait ? Chain : Transport), bridge, arguments);

    public async ValueTask DisposeAsync()
    {
        foreach (PtHost end in _ends.Values)
        {
            await end.DisposeAsync();
        }

        await Tor.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private PtHost OtherEndOf(bool isPlait, PtRole role)
    {
        PtRole other = role == PtRole.Client ? PtRole.Server : PtRole.Client;
        if (!_ends.TryGetValue((isPlait, other), out PtHost? end))
        {
            _ends[(isPlait, other)] = end = PtHost.Start(Launch(isPlait, other));
        }

        return end;
    }
}
