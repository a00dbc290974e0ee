using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;
using Plait.Wire.Socks;

namespace Plait.Throughput.Load;

/// <summary>
/// The load's own sockets block: a socket that was never waited for asynchronously is unknown to the runtime's event loop,
/// and costs its plain system calls alone.
/// </summary>
internal static class BlockingSockets
{
    // obfs4proxy gives an opening up after 30 s.
    private static readonly int s_patience = (int)TimeSpan.FromSeconds(40).TotalMilliseconds;

    /// <summary>Connects.</summary>
    internal static Socket Connect(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = s_patience,
            SendTimeout = s_patience,
        };
        try
        {
            socket.Connect(to);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection through a SOCKS port as tor does.</summary>
    /// <exception cref="IOException">It was refused.</exception>
    internal static Socket ConnectThrough(IPEndPoint socks, IPEndPoint target, PtArguments arguments)
    {
        Socket socket = Connect(socks);
        try
        {
            Shake(socket, SocksClientHandshake.ForTransport(SocksVersion.Socks5, target, arguments));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Runs a handshake to its end. No peer here sends more before it is asked to.</summary>
    /// <exception cref="IOException">It was rejected, or the other side left.</exception>
    internal static void Shake(Socket socket, IHandshake handshake)
    {
        byte[] buffer = new byte[HandshakeLimits.BufferSize];
        var output = new ArrayBufferWriter<byte>();
        int held = 0;
        while (true)
        {
            HandshakeStep step = handshake.Advance(buffer.AsSpan(0, held), out int consumed, output);
            socket.Send(output.WrittenSpan);
            output.ResetWrittenCount();
            buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
            held -= consumed;
            switch (step)
            {
                case HandshakeStep.Completed:
                    return;
                case HandshakeStep.Rejected:
                    throw new IOException(handshake.Rejection);
            }

            int count = socket.Receive(buffer.AsSpan(held));
            held += count > 0 ? count : throw new IOException("The other side left during the handshake.");
        }
    }

    /// <summary>Says what the stream is for, and waits for the far end to say it back.</summary>
    /// <exception cref="IOException">It did not.</exception>
    internal static void Ask(Socket socket, byte purpose)
    {
        byte[] one = [purpose];
        socket.Send(one);
        if (socket.Receive(one) != 1 || one[0] != purpose)
        {
            throw new IOException("The far end did not answer.");
        }
    }
}
