using System.Buffers;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Connections;

/// <summary>The reply of a SOCKS server to a request. The handshake leaves it to the caller, which knows how the request ended.</summary>
internal static class SocksReplies
{
    /// <exception cref="IOException">The client has left.</exception>
    internal static async Task SendAsync(
        SocketConnection client, SocksVersion version, SocksReplyCode code, CancellationToken cancellationToken)
    {
        var reply = new ArrayBufferWriter<byte>(SocksReply.Socks5Length);
        SocksReply.Write(version, code, reply);
        await client.WriteAsync(reply.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
