using System.Net;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>The other side of a broken chain: the published program with both chains, and nothing wrong with it.</summary>
public abstract class HealthySide : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private PtHost? _host;

    private protected PtHost Host => _host!;

    private protected abstract PtLaunch Launch(PtLaunch launch);

    public ValueTask InitializeAsync()
    {
        string obfs4 = Programs.Require("obfs4proxy");
        string plaitrc = _folder.Write("plaitrc", string.Concat(new[] { "Client", "Server" }.Select(role =>
            $"{role}TransportPlugin plain exec {Programs.DummyTransport}\n{role}TransportPlugin obfs4 exec {obfs4}\n")));
        _host = PtHost.Start(Launch(new()
        {
            Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = ["plain_obfs4", "obfs4_plain"], IsServer = false,
        }));
        return ValueTask.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A bridge whose tor echoes.</summary>
public sealed class HealthyBridge : HealthySide
{
    private readonly ExtOrPortDouble _tor = ExtOrPortDouble.Start();

    /// <summary>Where it listens for a chain, and with which arguments.</summary>
    internal Task<PtMethod> Method(string chain) => Host.MethodLine(chain);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _tor.DisposeAsync();
    }

    private protected override PtLaunch Launch(PtLaunch launch) => launch with { IsServer = true, ExtendedOrPort = _tor };
}

/// <summary>A client.</summary>
public sealed class HealthyClient : HealthySide
{
    /// <summary>Its SOCKS port for a chain.</summary>
    internal Task<IPEndPoint> Method(string chain) => Host.Method(chain);

    private protected override PtLaunch Launch(PtLaunch launch) => launch;
}
