using System.Buffers;
using Plait.Wire.Handshakes;

namespace Plait.Fuzz.Wire;

/// <summary>Our client against our server, without sockets.</summary>
internal static class Handover
{
    /// <summary>Carries bytes from one to the other until neither says more.</summary>
    internal static (HandshakeStep Client, HandshakeStep Server) Run(IHandshake client, IHandshake server)
    {
        byte[] toServer = [];
        byte[] toClient = [];
        var answer = new ArrayBufferWriter<byte>();
        HandshakeStep clientStep;
        HandshakeStep serverStep;
        int moved;
        do
        {
            clientStep = Advance(client, ref toClient, ref toServer, answer);
            moved = answer.WrittenCount;
            serverStep = Advance(server, ref toServer, ref toClient, answer);
            moved += answer.WrittenCount;
        }
        while (moved > 0);

        return (clientStep, serverStep);
    }

    private static HandshakeStep Advance(IHandshake side, ref byte[] input, ref byte[] answers, ArrayBufferWriter<byte> answer)
    {
        answer.Clear();
        HandshakeStep step = side.Advance(input, out int consumed, answer);
        input = input[consumed..];
        answers = [.. answers, .. answer.WrittenSpan];
        return step;
    }
}
