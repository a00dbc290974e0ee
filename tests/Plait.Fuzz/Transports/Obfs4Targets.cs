using System.Security.Cryptography;
using System.Text;
using Plait.Connections;
using Plait.Fuzz.Engine;
using Plait.Transports;
using Plait.Transports.Obfs4;

namespace Plait.Fuzz.Transports;

/// <summary>A bridge and keys that are the same in each run.</summary>
internal static class Obfs4Fixed
{
    internal const long Hour = 472222;

    internal static readonly ServerIdentity Bridge = new(Sha("node").AsSpan(0, 20), Sha("identity"), Sha("drbg").AsSpan(0, Drbg.SeedSize));

    /// <summary>A clock that always shows <see cref="Hour"/>.</summary>
    internal static TimeProvider Clock { get; } = new StandingClock();

    internal static KeyPair Pair(string seed) => KeyPair.TryDerive(Sha(seed))!;

    internal static SessionKeys Keys() => new(Sha("keys"));

    /// <summary>A request of so many bytes of padding, good in <see cref="Hour"/>.</summary>
    internal static byte[] Request(int padding)
    {
        using var client = new ClientHandshake(Bridge.Public, Pair("client1"));
        byte[] request = new byte[HandshakeSizes.Longest];
        return request[..client.WriteRequest(new byte[padding], Hour, request)];
    }

    /// <summary>The answer to <see cref="Request"/>.</summary>
    internal static byte[] Response(int padding)
    {
        using var server = new ServerHandshake(Bridge, Pair("server1"), new());
        Check.That(server.Read(Request(HandshakeSizes.MinClientPadding), Clock) == HandshakeStep.Done, "the request is good");
        byte[] response = new byte[HandshakeSizes.Longest];
        return response[..server.WriteResponse(new byte[padding], response)];
    }

    /// <summary>The input with a good message put in place of each mark: the MACs cannot be guessed.</summary>
    internal static byte[] Expand(byte[] input, Func<byte[]> message)
    {
        int at = input.AsSpan().IndexOf("GOOD"u8);
        return at < 0 ? input : [.. input[..at], .. message(), .. input[(at + 4)..]];
    }

    private static byte[] Sha(string text) => SHA256.HashData(Encoding.ASCII.GetBytes(text));

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(Hour * 3600);
    }
}

/// <summary>What a bridge is sent before it answers.</summary>
internal sealed class Obfs4RequestTarget : FuzzTarget
{
    internal override string Name => "obfs4-request";

    internal override string Invariant => "only the whole request is taken, whatever the cuts; a failure stays one, and there are no keys then";

    internal override IReadOnlyList<string> Tokens { get; } = ["GOOD", "\0\0\0\0", "\xff\xff\xff\xff"];

    internal override int MaxLength => HandshakeSizes.Longest + 200;

    internal override long? MaxAllocation(int inputLength) => 2 << 20;

    internal override string Run(byte[] input)
    {
        byte[] good = Obfs4Fixed.Request(HandshakeSizes.MinClientPadding);
        byte[] received = Obfs4Fixed.Expand(input, () => good);
        HandshakeStep last = HandshakeStep.NeedsMore;
        foreach (int part in new[] { received.Length, good.Length, good.Length + 1, received.Length / 2 }.Where(part => part <= received.Length))
        {
            using var server = new ServerHandshake(Obfs4Fixed.Bridge, Obfs4Fixed.Pair("server1"), new());
            HandshakeStep step = server.Read(received.AsSpan(0, part), Obfs4Fixed.Clock);
            Check.That((step == HandshakeStep.Done) == (server.Keys is not null), "keys come with a good request alone");
            Check.That((step == HandshakeStep.Done) == received.AsSpan(0, part).SequenceEqual(good), "nothing else is taken");
            last = step;
        }

        return Behaviour.Of(last, received.Length);
    }
}

/// <summary>What a client is sent as an answer.</summary>
internal sealed class Obfs4ResponseTarget : FuzzTarget
{
    internal override string Name => "obfs4-response";

    internal override string Invariant => "the same result whatever the cuts; only the bridge's answer is taken, and what follows it is left";

    internal override IReadOnlyList<string> Tokens { get; } = ["GOOD", "\0\0\0\0", "\xff\xff\xff\xff"];

    internal override int MaxLength => HandshakeSizes.Longest + 200;

    internal override long? MaxAllocation(int inputLength) => 2 << 20;

    internal override string Run(byte[] input)
    {
        byte[] good = Obfs4Fixed.Response(10);
        byte[] received = Obfs4Fixed.Expand(input, () => good);
        (HandshakeStep Step, int Length)? first = null;
        foreach (int cut in new[] { int.MaxValue, 97, 2000 })
        {
            using var client = new ClientHandshake(Obfs4Fixed.Bridge.Public, Obfs4Fixed.Pair("client1"));
            client.WriteRequest(new byte[HandshakeSizes.MinClientPadding], Obfs4Fixed.Hour, new byte[HandshakeSizes.Longest]);
            HandshakeStep step = HandshakeStep.NeedsMore;
            for (int held = 0; step == HandshakeStep.NeedsMore && held < received.Length;)
            {
                held += Math.Min(cut, received.Length - held);
                step = client.Read(received.AsSpan(0, held));
            }

            Check.That((step == HandshakeStep.Done) == (client.Keys is not null), "keys come with a good answer alone");
            Check.That(step != HandshakeStep.Done || received.AsSpan(0, client.ResponseLength).SequenceEqual(good), "nothing else is taken");
            Check.That(first is null || first == (step, client.ResponseLength), "the same whatever the cuts");
            first ??= (step, client.ResponseLength);
        }

        return Behaviour.Of(first!.Value.Step, received.Length);
    }
}

/// <summary>What either side is sent after the handshake. The input is a script: sizes of good frames, then bytes of an attacker.</summary>
internal sealed class Obfs4FrameTarget : FuzzTarget
{
    internal override string Name => "obfs4-frames";

    internal override string Invariant => "good frames give their payload, whatever the cuts; anything else ends the stream, and gives no byte";

    internal override long? MaxAllocation(int inputLength) => 8 << 20; // a byte at a time, up to 10 KB of frames

    internal override string Run(byte[] input)
    {
        int frames = input.Length == 0 ? 0 : input[0] % 8;
        byte[] script = input.Length > 1 ? input[1..] : [];
        var wire = new MemoryStream();
        var expected = new MemoryStream();
        using SessionKeys keys = Obfs4Fixed.Keys();
        var sealer = new FrameSealer(new(keys.ServerToClient));
        byte[] frame = new byte[FrameSizes.Longest];
        for (int i = 0; i < frames && i < script.Length; i++)
        {
            byte[] payload = new byte[script[i] * 5];
            PacketType type = script[i] % 7 == 6 ? PacketType.Seed : script[i] % 11 == 10 ? (PacketType)9 : PacketType.Payload;
            Array.Fill(payload, script[i]);
            wire.Write(frame, 0, sealer.Seal(type, payload, script[i] % 3, frame));
            expected.Write(type == PacketType.Payload ? payload : []);
        }

        byte[] attack = script.Length > frames ? script[frames..] : [];
        wire.Write(attack);
        string? first = null;
        foreach (Func<int> cut in Cuts.Of(wire.ToArray()))
        {
            using SessionKeys again = Obfs4Fixed.Keys();
            var played = new ScriptedConnection(wire.ToArray(), cut);
            Obfs4Connection client = Obfs4Connection.OfClient(played, again, IatMode.None, [], TimeProvider.System);
            (byte[] payload, bool failed) = ScriptedConnection.ReadAll(client);
            Check.That(payload.AsSpan().SequenceEqual(expected.ToArray()), "good frames give their payload, and nothing else does");
            first ??= failed ? "broken" : "ended";
        }

        return Behaviour.Of(first, frames, attack.Length);
    }
}

/// <summary>The whole server, over a connection that a script plays: nothing may be answered, or the stream goes on.</summary>
internal sealed class Obfs4ServerTarget : FuzzTarget
{
    private static readonly Obfs4Server s_server = new(Obfs4Fixed.Bridge, IatMode.None, TimeProvider.System);

    internal override string Name => "obfs4-server";

    internal override string Invariant => "a peer without a good request gets no byte; one with it gets the response, and broken frames end it";

    internal override IReadOnlyList<string> Tokens { get; } = ["GOOD", "\0\0\0\0", "\xff\xff\xff\xff"];

    internal override int MaxLength => HandshakeSizes.Longest + 200;

    internal override long? MaxAllocation(int inputLength) => 2 << 20;

    internal override string Run(byte[] input)
    {
        int at = input.AsSpan().IndexOf("GOOD"u8);
        byte[] request = at == 0 ? GoodRequest() : [];
        // The request comes alone, and what follows it later: else it is no request.
        var wire = new ScriptedConnection(at == 0 ? [.. request, .. input[4..]] : input, Pieces(request.Length));
        try
        {
            ByteConnection stream = ((IPreparedServer)s_server).AcceptAsync(wire, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Check.That(at == 0, "only a good request is taken");
            Check.That(wire.Written.Length is >= 141 and <= 8192 + 45, "the response has its length");
            (byte[] payload, bool failed) = ScriptedConnection.ReadAll(stream);
            Check.That(payload.Length == 0, "bytes without keys give no payload");
            return Behaviour.Of("taken", failed);
        }
        catch (TransportException e)
        {
            Check.That(wire.Written.Length == 0, "a failure gets no answer");
            return Behaviour.Of(Behaviour.Words(e.Detail.ToString()));
        }
    }

    private static byte[] GoodRequest()
    {
        using var client = new ClientHandshake(Obfs4Fixed.Bridge.Public, KeyPair.Generate());
        byte[] request = new byte[HandshakeSizes.Longest];
        return request[..client.WriteRequest(new byte[100], HandshakeMac.HourOf(TimeProvider.System.GetUtcNow()), request)];
    }

    private static Func<int> Pieces(int first)
    {
        bool isFirst = first > 0;
        return () =>
        {
            int piece = isFirst ? first : int.MaxValue;
            isFirst = false;
            return piece;
        };
    }
}
