using System.Buffers;
using Plait.Wire.Handshakes;

namespace Plait.Benchmarks.Wire;

/// <summary>What each side of a handshake heard, message by message, so that one side alone can be run again and again.</summary>
internal sealed class Transcript
{
    private readonly List<byte[]> _toClient = [];
    private readonly List<byte[]> _toServer = [];
    private readonly ArrayBufferWriter<byte> _output = new(1024);

    /// <summary>Lets a client and a server talk until both are done.</summary>
    /// <param name="client">New.</param>
    /// <param name="server">New.</param>
    /// <param name="reply">What the server's side says once it is completed: the final reply is its caller's.</param>
    internal static Transcript Record(IHandshake client, IHandshake server, Action<IBufferWriter<byte>> reply)
    {
        var transcript = new Transcript();
        byte[] heard = transcript.Advance(client, []);
        HandshakeStep serverStep = HandshakeStep.Continue;
        byte[] greeting = transcript.Advance(server, []);
        while (serverStep == HandshakeStep.Continue)
        {
            byte[] answer = greeting;
            greeting = [];
            if (heard.Length > 0)
            {
                transcript._toServer.Add(heard);
                transcript._output.ResetWrittenCount();
                serverStep = server.Advance(heard, out _, transcript._output);
                if (serverStep == HandshakeStep.Completed)
                {
                    reply(transcript._output);
                }

                answer = [.. answer, .. transcript._output.WrittenSpan];
            }

            transcript._toClient.Add(answer);
            heard = transcript.Advance(client, answer);
        }

        return serverStep == HandshakeStep.Completed && transcript.ReplayStep(client) == HandshakeStep.Completed
            ? transcript
            : throw new InvalidOperationException("The two sides do not come to an end.");
    }

    /// <summary>Runs a new client over what the first one heard.</summary>
    internal HandshakeStep ReplayClient(IHandshake client) => Replay(client, _toClient);

    /// <summary>Runs a new server over what the first one heard.</summary>
    internal HandshakeStep ReplayServer(IHandshake server) => Replay(server, _toServer);

    private HandshakeStep Replay(IHandshake side, List<byte[]> pieces)
    {
        _output.ResetWrittenCount();
        HandshakeStep step = side.Advance([], out _, _output);
        foreach (byte[] piece in pieces)
        {
            step = side.Advance(piece, out _, _output);
        }

        return step == HandshakeStep.Completed ? step : throw new InvalidOperationException("The handshake did not complete.");
    }

    private byte[] Advance(IHandshake side, byte[] input)
    {
        _output.ResetWrittenCount();
        side.Advance(input, out _, _output);
        return _output.WrittenSpan.ToArray();
    }

    /// <summary>The last answer of a side that has ended is repeated.</summary>
    private HandshakeStep ReplayStep(IHandshake side) => side.Advance([], out _, _output);
}
