using System.Text;
using Plait.Connections;
using Plait.Fuzz.Engine;
using Plait.Transports;

namespace Plait.Fuzz.Transports;

/// <summary>What the other side of the in-process transport b64 sends.</summary>
internal sealed class Base64Target : FuzzTarget
{
    private static readonly Base64Transport s_transport = new();

    internal override string Name => "b64";

    internal override string Invariant =>
        "the same bytes, and then the same end, whatever the cuts; what is no Base64 is an error of the connection; the "
        + "payload goes around unchanged";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "aGVsbG8=", "aA==", "====", "=", "YWJj", "AAAA", " ", "\n", "\xff", "-", "_", "+/+/"
    ];

    internal override string Run(byte[] input)
    {
        (string Payload, bool Failed)? first = null;
        foreach (Func<int> cut in Cuts.Of(input))
        {
            (string Payload, bool Failed) result = Read(Server(new ScriptedConnection(input, cut)));
            bool same = first is null || (first.Value.Failed == result.Failed
                && (result.Failed ? Prefix(first.Value.Payload, result.Payload) : first.Value.Payload == result.Payload));
            Check.That(same, "the same whatever the cuts");
            first ??= result;
        }

        var wire = new ScriptedConnection([], () => 1);
        Client(wire).WriteAsync(input, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        (string payload, bool failed) = Read(Server(new ScriptedConnection(wire.Written, () => 5)));
        Check.That(!failed && payload == Convert.ToHexString(input), "the payload goes around unchanged");
        return Behaviour.Of(first!.Value.Failed, first.Value.Payload.Length, Encoding.Latin1.GetString(input).Split('=').Length);
    }

    private static ByteConnection Client(ByteConnection wire) => s_transport.ConnectAsync(wire, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private static ByteConnection Server(ByteConnection wire) => s_transport.AcceptAsync(wire, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>Before an error as much as came in time is delivered: all of one is the beginning of the other.</summary>
    private static bool Prefix(string one, string other) =>
        one.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(one, StringComparison.Ordinal);

    private static (string Payload, bool Failed) Read(ByteConnection decoded)
    {
        (byte[] payload, bool failed) = ScriptedConnection.ReadAll(decoded);
        return (Convert.ToHexString(payload), failed);
    }
}
