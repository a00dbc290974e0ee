using System.Buffers;

namespace Plait.Wire.Tests.Support;

/// <summary>Our client against our server, without sockets.</summary>
internal static class Conversation
{
    /// <summary>
    /// Carries bytes in pieces of at most <paramref name="piece"/> until neither side has more to say.
    /// </summary>
    internal static (HandshakeStep Client, HandshakeStep Server) Run(
        IHandshake client, IHandshake server, int piece, Action<IBufferWriter<byte>>? finalReply = null)
    {
        var clientSide = new Side(client);
        var serverSide = new Side(server);
        bool replied = false;
        bool moved = true;
        clientSide.Advance([]);
        serverSide.Advance([]);
        while (moved)
        {
            moved = Carry(clientSide, serverSide, piece) | Carry(serverSide, clientSide, piece);
            if (serverSide.Step == HandshakeStep.Completed && !replied && finalReply is not null)
            {
                finalReply(serverSide.Output);
                moved = replied = true;
            }
        }

        return (clientSide.Step, serverSide.Step);
    }

    private static bool Carry(Side from, Side to, int piece)
    {
        byte[] bytes = from.Take(piece);
        if (bytes.Length > 0)
        {
            to.Advance(bytes);
        }

        return bytes.Length > 0;
    }

    private sealed class Side(IHandshake handshake)
    {
        private byte[] _held = [];
        private int _sent;

        internal ArrayBufferWriter<byte> Output { get; } = new();

        internal HandshakeStep Step { get; private set; } = HandshakeStep.Continue;

        internal void Advance(byte[] bytes)
        {
            _held = [.. _held, .. bytes];
            Step = handshake.Advance(_held, out int consumed, Output);
            _held = _held[consumed..];
        }

        internal byte[] Take(int most)
        {
            byte[] bytes = Output.WrittenSpan[_sent..Math.Min(Output.WrittenCount, _sent + most)].ToArray();
            _sent += bytes.Length;
            return bytes;
        }
    }
}
