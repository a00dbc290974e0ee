using System.Text;
using Plait.Connections;
using Plait.Fuzz.Engine;
using Plait.Transports.Obfs3;

namespace Plait.Fuzz.Transports;

/// <summary>What the other side of obfs3 inside Plait sends after the key exchange.</summary>
internal sealed class Obfs3StreamTarget : FuzzTarget
{
    private static readonly byte[] s_shared = [.. Enumerable.Range(0, UniformDhKey.Size).Select(value => (byte)value)];
    private static readonly byte[] s_magic = Obfs3Direction.From(s_shared, Obfs3Role.Initiator).Magic;

    internal override string Name => "obfs3";

    internal override string Invariant =>
        "whatever the cuts, the payload is what a search of all bytes finds, and the stream fails where more came before the magic than may";

    internal override int MaxLength => 9000;

    internal override IReadOnlyList<string> Tokens { get; } =
        [Encoding.Latin1.GetString(s_magic), Encoding.Latin1.GetString(s_magic, 0, 31), new('p', 4000), new('p', 97), "hello"];

    internal override string Run(byte[] input)
    {
        int found = input.AsSpan().IndexOf(s_magic);
        bool fails = found > MagicSearch.MaxBefore || (found < 0 && input.Length >= MagicSearch.MaxBefore + s_magic.Length);
        byte[] expected = fails || found < 0 ? [] : input[(found + s_magic.Length)..];
        AesCounterMode cipher = Obfs3Direction.From(s_shared, Obfs3Role.Initiator).Cipher;
        cipher.Apply(expected, expected);
        foreach (Func<int> cut in Cuts.Of(input))
        {
            (byte[] payload, bool failed) = ScriptedConnection.ReadAll(Server(new ScriptedConnection(input, cut)));
            Check.That(failed == fails, "it fails where more came before the magic than may, and nowhere else");
            Check.That(payload.AsSpan().SequenceEqual(expected), "the payload is what follows the magic");
        }

        return Behaviour.Of(fails, found < 0, Math.Max(0, found), expected.Length);
    }

    private static Obfs3Connection Server(ByteConnection wire) => new(
        wire, Obfs3Direction.From(s_shared, Obfs3Role.Responder), Obfs3Direction.From(s_shared, Obfs3Role.Initiator), () => [], TimeProvider.System, patience: null);
}
