using System.Buffers;
using Plait.Wire.Addresses;
using Plait.Wire.Socks;

namespace Plait.Connections;

/// <summary>The last word of a SOCKS server: the handshake leaves it to whoever knows how the request ended.</summary>
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
