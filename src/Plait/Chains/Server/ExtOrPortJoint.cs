using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Processes;
using Plait.Wire.ExtOrPort;

namespace Plait.Chains.Server;

/// <summary>
/// The preferred server joint: one child's own Extended ORPort. The child reports to it where each of its streams comes from.
/// </summary>
internal sealed class ExtOrPortJoint : ServerJoint
{
    private readonly RuntimeFiles _files;
    private readonly string _name;
    private readonly Lock _lock = new();
    private readonly AuthCookie _cookie = AuthCookie.Create(SecureRandom.Bytes(32));
    private string? _cookieFile;

    /// <param name="owner">Whose it is.</param>
    /// <param name="name">A name for the cookie's file that no other joint has.</param>
    /// <param name="files">Where the cookie is written.</param>
    internal ExtOrPortJoint(JointOwner owner, string name, RuntimeFiles files)
        : base(JointKind.ExtOrPort, owner)
    {
        (_name, _files) = (name, files);
        Listener.Open();
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

    protected override async Task ServeAsync(SocketConnection stream, CancellationToken stopping)
    {
        if (await AuthenticateAsync(stream, stopping).ConfigureAwait(false) is not { } handshake)
        {
            return;
        }

        if (Owner.Arrivals.Identify(handshake.UserAddress, handshake.Transport, out SafeText? why) is { } arrival)
        {
            await PassAsync(arrival, stream, stopping).ConfigureAwait(false);
            return;
        }

        LogUnknown(why);
        await DenyAsync(stream, stopping).ConfigureAwait(false);
    }

    protected override ValueTask GrantAsync(SocketConnection stream, CancellationToken stopping) =>
        stream.WriteAsync(ExtOrPortReply.Okay.ToArray(), stopping);

    protected override Task DenyAsync(SocketConnection stream, CancellationToken stopping) =>
        stream.WriteAsync(ExtOrPortReply.Deny.ToArray(), stopping).AsTask();

    /// <summary>The child's side of ext-orport-spec; null for a stranger.</summary>
    private async Task<ExtOrPortServerHandshake?> AuthenticateAsync(SocketConnection child, CancellationToken stopping)
    {
        var handshake = new ExtOrPortServerHandshake(_cookie, SecureRandom.Bytes(32));
        using var limit = new TimeLimit(Services.Time, Services.Limits.HandshakeTimeout, stopping); // X11: tor has none
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(child, handshake, limit.Token).ConfigureAwait(false);
        if (outcome.Completed)
        {
            return handshake;
        }

        ChainLog.JointStranger(Services.Logger, Owner.Name, outcome.Why);
        return null;
    }
}
