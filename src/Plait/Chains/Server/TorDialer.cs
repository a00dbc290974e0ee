using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.ExtOrPort;
using Plait.Wire.Handshakes;

namespace Plait.Chains.Server;

/// <summary>tor refused the connection, or its cookie cannot be used.</summary>
internal sealed class TorRefusedException(FailureCause cause, SafeText text, Exception? inner = null) : Exception(text.ToString(), inner)
{
    internal FailureCause Cause => cause;

    /// <summary>The refusal in words.</summary>
    internal SafeText Text => text;
}

/// <summary>tor, by one of its ports for transports.</summary>
internal abstract class TorDialer : InnerEnd
{
    internal override ChainStage Stage => ChainStage.Authentication;

    internal override SafeText NoAnswer => $"tor's port for transports does not answer";

    internal override SafeText Silence => $"tor did not answer on its port";
}

/// <summary>tor's plain ORPort: payload and nothing else (X1).</summary>
internal sealed class OrPortDialer(IPEndPoint orPort, SourceAddresses sources) : TorDialer
{
    internal override Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken) =>
        Task.FromResult(new InnerConnection((_, introducing) => ConnectAsync(introducing), static () => { }));

    private async Task<ByteConnection> ConnectAsync(CancellationToken cancellationToken) =>
        await sources.ConnectAsync(orPort, cancellationToken, anonymous: true).ConfigureAwait(false);
}

/// <summary>tor's Extended ORPort: cookie, client address and alias first.</summary>
internal sealed class ExtOrPortDialer(IPEndPoint extendedOrPort, string cookieFile, SourceAddresses sources) : TorDialer
{
    internal override async Task<InnerConnection> ApproachAsync(IPEndPoint? client, string alias, CancellationToken cancellationToken)
    {
        await Poller.LeaveAsync(); // a disk may be slow, or gone
        AuthCookie cookie = ReadCookie();
        var handshake = new ExtOrPortClientHandshake(cookie, SecureRandom.Bytes(32), client, alias);
        SocketConnection stream = await sources.ConnectAsync(extendedOrPort, cancellationToken, anonymous: client is null).ConfigureAwait(false);
        await GoOnAsync(stream, handshake, handshake.Authentication, cancellationToken).ConfigureAwait(false);
        return new((_, introducing) => GoOnAsync(stream, handshake, handshake, introducing), stream.Close);
    }

    private static async Task<ByteConnection> GoOnAsync(
        SocketConnection stream, ExtOrPortClientHandshake handshake, IHandshake part, CancellationToken cancellationToken)
    {
        try
        {
            HandshakeOutcome outcome = await HandshakeRunner.RunAsync(stream, part, cancellationToken).ConfigureAwait(false);
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
        PollerThread.AssertNot();
        byte[] file;
        try
        {
            // 64 bytes that are in the page cache as a rule: a synchronous read costs less than an asynchronous one.
            using SafeFileHandle handle = File.OpenHandle(
                cookieFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file = new byte[AuthCookie.FileLength + 1]; // one more, to notice a file that is too long
            file = file[..RandomAccess.Read(handle, file, fileOffset: 0)];
        }
        catch (IOException e) when (Descriptors.AreLacking(e.HResult)) // errno, as the runtime passes it on
        {
            throw new TorRefusedException(FailureCause.LimitReached, FailureWords.NoDescriptorLeft, e);
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw new TorRefusedException(FailureCause.NotPermitted,
                $"tor's cookie file cannot be read", e);
        }

        return AuthCookie.TryParseFile(file, out AuthCookie? cookie, out string? error)
            ? cookie
            : throw new TorRefusedException(FailureCause.ProtocolViolated, $"tor's cookie file is not one: {SafeText.Own(error!)}");
    }
}
