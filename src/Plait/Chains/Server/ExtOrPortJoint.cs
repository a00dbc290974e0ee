using System.Net;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.ExtOrPort;

namespace Plait.Chains.Server;

/// <summary>
/// The preferred server joint: one child's own Extended ORPort. A child that Plait dialled reports as USERADDR the local end of
/// that dial, which is an exact key to the connection, its chain and its client (C10, V18). A child that listens at the
/// wire itself reports the client.
/// </summary>
internal sealed class ExtOrPortJoint : ServerJoint
{
    private readonly RuntimeFiles _files;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly AuthCookie _cookie = AuthCookie.Create(SecureRandom.Bytes(32));
    private string? _cookieFile;

    /// <param name="program">Whose it is.</param>
    /// <param name="name">A name for the cookie's file that no other joint has.</param>
    /// <param name="files">Where the cookie is written.</param>
    /// <param name="services">What everything shares.</param>
    internal ExtOrPortJoint(ServerPlugin program, string name, RuntimeFiles files, HostServices services)
        : base(JointKind.ExtOrPort, program, services)
    {
        (_name, _files) = (name, files);
        Open();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_cookieFile is { } file)
            {
                _files.Remove(file);
            }
        }
    }

    /// <summary>
    /// The file that holds the child's cookie, readable by our user alone. Written when a child is about to be started and the file is not
    /// there: nothing else fails if it cannot be written.
    /// </summary>
    /// <exception cref="IOException">It can be written nowhere.</exception>
    internal string WriteCookie()
    {
        lock (_lock)
        {
            return _cookieFile = File.Exists(_cookieFile) ? _cookieFile : _files.Write(_name, _cookie.FormatFile());
        }
    }

    protected override async Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        if (await AuthenticateAsync(child, stopping).ConfigureAwait(false) is not { } handshake)
        {
            return;
        }

        if (Identify(handshake) is var (connection, hop))
        {
            await PassAsync(connection, hop, child,
                () => child.WriteAsync(ExtOrPortReply.Okay.ToArray(), stopping),
                () => child.WriteAsync(ExtOrPortReply.Deny.ToArray(), stopping).AsTask(), stopping).ConfigureAwait(false);
        }
        else
        {
            await child.WriteAsync(ExtOrPortReply.Deny.ToArray(), stopping).ConfigureAwait(false);
        }
    }

    /// <summary>The child's side of ext-orport-spec; null for a stranger.</summary>
    private async Task<ExtOrPortServerHandshake?> AuthenticateAsync(SocketConnection child, CancellationToken stopping)
    {
        var handshake = new ExtOrPortServerHandshake(_cookie, SecureRandom.Bytes(32));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(Services.Limits.HandshakeTimeout); // X11: tor has none
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(child, handshake, deadline.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return handshake;
        }

        ChainLog.JointStranger(Services.Logger, Program.Name, outcome.Why);
        return null;
    }

    /// <summary>Which connection the child brings, and which of its hops; null if that is not certain enough to go on.</summary>
    private (ServerConnection Connection, int Hop)? Identify(ExtOrPortServerHandshake handshake)
    {
        IPEndPoint? reported = handshake.UserAddress;
        if (Program.PublicAddress is not null)
        {
            return Program.OnlyPlace(transport: null) is var (served, wire)
                ? (Program.NewUnnamed(served, wire, ClientAddress.TakenAsTorDoes(reported, Program.PublicAddress)), wire)
                : null; // the chain did not come up
        }

        if (reported is not null && (handshake.Transport ?? Program.OnlyTransport) is { } transport
            && Program.Dials.Claim(reported, transport) is { } dial)
        {
            Program.ReportsDials = true;
            return !Program.IsIndirect(transport)
                ? (dial.Connection, dial.Hop)
                : (Program.NewUnnamed(dial.Connection.Chain, dial.Hop, dial.Connection.Client), dial.Hop); // it outlives the dial that began it (R4)
        }

        if (reported is not null && Services.Sources.Contains(reported.Address))
        {
            ChainLog.UnknownArrival(Services.Logger, Program.Name, $"no dial to its transport is open from where it reports: its client has left");
            return null;
        }

        if (Program.OnlyPlace(handshake.Transport) is var (chain, hop)
            && (!Program.ReportsDials || Program.IsIndirect(chain.Definition.Hops[hop].Name))) // else a stranger dialled the child's own port
        {
            // Behind a listener of ours at the wire, a transport whose clients come over other programs' connections (snowflake,
            // meek, webtunnel) knows the client better than we do. No other is believed (G1).
            bool believed = hop == chain.Hops.Count - 1 && Program.IsIndirect(chain.Definition.Hops[hop].Name);
            return (Program.NewUnnamed(chain, hop, believed ? reported : null), hop);
        }

        ChainLog.UnknownArrival(Services.Logger, Program.Name,
            Program.ReportsDials
            ? SafeText.Of($"it is of no dial of Plait's, and its program reports those")
            : $"its program does not report the address it was dialled from, and serves several places");
        return null;
    }
}
