using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Wire.ExtOrPort;

namespace Plait.Chains.Server;

/// <summary>tor, or its cookie, would not have the connection.</summary>
internal sealed class TorRefusedException(FailureCause cause, SafeText text, Exception? inner = null) : Exception(text.ToString(), inner)
{
    internal FailureCause Cause => cause;

    /// <summary>What happened, for a person.</summary>
    internal SafeText Text => text;
}

/// <summary>Hands a connection to tor.</summary>
internal interface ITorDialer
{
    /// <summary>Connects for one client.</summary>
    /// <param name="client">The client's true address, or null if it is not known: then tor is told none (G1).</param>
    /// <param name="alias">The chain, as tor knows it (X24).</param>
    /// <param name="cancellationToken">The deadline.</param>
    Task<ByteConnection> ConnectAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken);
}

/// <summary>tor's plain ORPort: payload and nothing else (X1).</summary>
internal sealed class OrPortDialer(IPEndPoint orPort, SourceAddresses sources) : ITorDialer
{
    public async Task<ByteConnection> ConnectAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken) =>
        await sources.ConnectAsync(orPort, cancellationToken).ConfigureAwait(false);
}

/// <summary>tor's Extended ORPort: cookie, client address and alias first.</summary>
internal sealed class ExtOrPortDialer(IPEndPoint extendedOrPort, string cookieFile, SourceAddresses sources, Limits limits) : ITorDialer
{
    public async Task<ByteConnection> ConnectAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken)
    {
        AuthCookie cookie = ReadCookie();
        var handshake = new ExtOrPortClientHandshake(cookie, RandomNumberGenerator.GetBytes(32), client, alias);
        SocketConnection stream = await sources.ConnectAsync(extendedOrPort, cancellationToken).ConfigureAwait(false);
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(limits.HandshakeTimeout);
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(stream, handshake, deadline.Token).ConfigureAwait(false);
            return outcome.Completed
                ? stream
                : throw new TorRefusedException(
                    handshake.Denied ? FailureCause.Refused : outcome.Left ? FailureCause.Reset : FailureCause.ProtocolViolated,
                    $"the Extended ORPort did not take the connection: {outcome.Why}");
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the cookie anew for each connection: tor makes a new one at each start (E39, X10).</summary>
    private AuthCookie ReadCookie()
    {
        byte[] file;
        try
        {
            // 64 bytes of a file that is in memory: read here and now, which costs less than to be told when it is read.
            using SafeFileHandle handle = File.OpenHandle(
                cookieFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file = new byte[AuthCookie.FileLength + 1]; // one more, to see that it is not longer
            file = file[..RandomAccess.Read(handle, file, fileOffset: 0)];
        }
        catch (IOException e) when (Descriptors.AreLacking(e.HResult)) // errno, as the runtime passes it on
        {
            throw new TorRefusedException(FailureCause.LimitReached, FailureWords.NoDescriptorLeft, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TorRefusedException(FailureCause.NotPermitted,
                $"tor's cookie file cannot be read", e);
        }

        return AuthCookie.TryParseFile(file, out AuthCookie? cookie, out string? error)
            ? cookie
            : throw new TorRefusedException(FailureCause.ProtocolViolated, $"tor's cookie file is not one: {SafeText.Own(error!)}");
    }
}
