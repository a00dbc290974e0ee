using System.Net;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Native;
using Plait.Processes;
using Plait.Relays;
using Plait.Wire.ExtOrPort;

namespace Plait.Chains.Server;

/// <summary>
/// The preferred server joint: one child's own Extended ORPort. The child reports as USERADDR the local end of the dial
/// that it received, which is an exact key to the connection, its chain and its client (C10, V18).
/// </summary>
internal sealed class ExtOrPortJoint : IServerJoint
{
    private readonly ServerProgram _program;
    private readonly Runtime _runtime;
    private readonly RuntimeFiles _files;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly AuthCookie _cookie = AuthCookie.Create(SecureRandom.Bytes(32));
    private readonly ConnectionListener _listener;
    private string? _cookieFile;

    /// <param name="program">Whose it is.</param>
    /// <param name="name">A name for the cookie's file that no other joint has.</param>
    /// <param name="files">Where the cookie is written.</param>
    /// <param name="runtime">What everything shares.</param>
    internal ExtOrPortJoint(ServerProgram program, string name, RuntimeFiles files, Runtime runtime)
    {
        (_program, _name, _files, _runtime) = (program, name, files, runtime);
        var door = new OwnUserDoor(program.Name, runtime.Logger);
        _listener = ConnectionListener.Start(new(IPAddress.Loopback, 0), runtime.JointBudget, ServeAsync, door.Admits);
    }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public int Connections => _listener.Connections;

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
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

    private async Task ServeAsync(SocketConnection child, CancellationToken stopping)
    {
        if (await AuthenticateAsync(child, stopping).ConfigureAwait(false) is not { } handshake)
        {
            return;
        }

        _program.SpeaksExtOrPort = true;
        if (Identify(handshake) is not var (connection, hop))
        {
            await child.WriteAsync(ExtOrPortReply.Deny.ToArray(), stopping).ConfigureAwait(false);
            return;
        }

        connection.Connection.Hops[hop].Joint = JointKind.ExtOrPort;
        try
        {
            RelayResult result = await connection.Chain.PassInwardAsync(
                connection, hop, child, () => child.WriteAsync(ExtOrPortReply.Okay.ToArray(), stopping), stopping).ConfigureAwait(false);
            if (connection.BeganAtJoint)
            {
                await _runtime.Reporter.EndedAsync(connection.Connection, result.Fault, result.Backward, result.Forward).ConfigureAwait(false);
            }
        }
        catch (ChainException e)
        {
            await _runtime.Reporter.FailedAsync(connection.Connection, e.Failure,
                _ => child.WriteAsync(ExtOrPortReply.Deny.ToArray(), stopping).AsTask()).ConfigureAwait(false);
        }
        finally
        {
            connection.Connection.End();
            if (connection.BeganAtJoint)
            {
                await connection.Connection.DisposeAsync().ConfigureAwait(false); // nobody else will
            }
        }
    }

    /// <summary>The child's side of ext-orport-spec; null for a stranger.</summary>
    private async Task<ExtOrPortServerHandshake?> AuthenticateAsync(SocketConnection child, CancellationToken stopping)
    {
        var handshake = new ExtOrPortServerHandshake(_cookie, SecureRandom.Bytes(32));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(_runtime.Limits.HandshakeTimeout); // X11: tor has none
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(child, handshake, deadline.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return handshake;
        }

        ChainLog.JointStranger(_runtime.Logger, _program.Name, outcome.Why);
        return null;
    }

    /// <summary>Which connection the child brings, and which of its hops; null if that is not certain enough to go on.</summary>
    private (ServerConnection Connection, int Hop)? Identify(ExtOrPortServerHandshake handshake)
    {
        IPEndPoint? reported = handshake.UserAddress;
        if (reported is not null && _program.Dials.Claim(reported) is { } dial)
        {
            string expected = dial.Connection.Connection.Hops[dial.Hop].Transport;
            if (handshake.Transport is null || handshake.Transport == expected)
            {
                return (dial.Connection, dial.Hop);
            }

            ChainLog.UnknownArrival(_runtime.Logger, _program.Name, $"it names another transport than the one that was dialled");
            return null;
        }

        if (reported is not null && _runtime.Sources.Contains(reported.Address))
        {
            ChainLog.UnknownArrival(_runtime.Logger, _program.Name, $"its client has left");
            return null;
        }

        if (_program.OnlyPlace(handshake.Transport) is not var (chain, hop))
        {
            ChainLog.UnknownArrival(_runtime.Logger, _program.Name,
                $"its program does not report the address it was dialled from, and serves several places");
            return null;
        }

        // A transport at the wire whose clients come over other people's connections (snowflake, meek, webtunnel) knows the
        // client better than we do. Nobody else is believed (G1). X21: an address without a port is none.
        bool believed = hop == chain.Hops.Count - 1 && _program.IsIndirect(chain.Definition.Hops[hop].Name);
        return (_program.NewUnnamed(chain, believed && reported is { Port: > 0 } ? reported : null), hop);
    }
}
