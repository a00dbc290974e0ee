using Plait.Connections;
using Plait.Fuzz.Engine;
using Plait.Transports;
using Plait.Transports.Obfs3;

namespace Plait.Fuzz.Transports;

/// <summary>What a stranger sends to a whole server of obfs3 inside Plait.</summary>
internal sealed class Obfs3ServerTarget : FuzzTarget
{
    private static readonly IPreparedServer s_server = new Obfs3Transport().PrepareAsync(new(), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    internal override string Name => "obfs3-server";

    internal override string Invariant =>
        "its first flight is a key and padding; 192 bytes are a key, whatever they are, and fewer are a failure; no stranger gets payload through";

    internal override IReadOnlyList<string> Tokens { get; } = [new('\0', 192), new('\xff', 192), new string('\0', 191) + "\x01", "GET / HTTP/1.1\r\n\r\n"];

    internal override int ShortRuns => 100; // each costs two powers

    internal override string Run(byte[] input)
    {
        string happened = "";
        foreach (Func<int> cut in Cuts.Of(input).Take(2))
        {
            var wire = new ScriptedConnection(input, cut);
            bool accepted = TryAccept(wire, out ByteConnection? stream);
            Check.That(accepted == input.Length >= UniformDhKey.Size, "192 bytes are a key");
            Check.That(wire.Written.Length is >= UniformDhKey.Size and <= UniformDhKey.Size + MagicSearch.MaxPadding, "the first flight is a key and padding");
            bool failed = false;
            if (stream is not null)
            {
                (byte[] payload, failed) = ScriptedConnection.ReadAll(stream);
                stream.DisposeAsync().AsTask().GetAwaiter().GetResult();
                Check.That(payload.Length == 0, "no payload comes from a stranger");
                Check.That(failed == input.Length >= UniformDhKey.Size + MagicSearch.MaxBefore + 32, "it fails when the magic can no longer come");
            }

            happened = Behaviour.Of(accepted, failed, input.Length);
        }

        return happened;
    }

    private static bool TryAccept(ByteConnection wire, out ByteConnection? stream)
    {
        try
        {
            stream = s_server.AcceptAsync(wire, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (TransportException)
        {
            stream = null;
            return false;
        }
    }
}
